package io.gantry.image;

import io.gantry.ids.ImageRef;
import io.gantry.image.registry.Credentials;
import java.util.Optional;

/** An image to pull, with credentials for the host of its reference and no other. */
public record PullImage(ImageRef reference, Optional<Credentials> credentials) {}
