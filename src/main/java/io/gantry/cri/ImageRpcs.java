package io.gantry.cri;

import io.gantry.call.Call;
import io.gantry.call.Subject;
import io.gantry.cri.proto.FilesystemIdentifier;
import io.gantry.cri.proto.FilesystemUsage;
import io.gantry.cri.proto.ImageFilter;
import io.gantry.cri.proto.ImageFsInfoRequest;
import io.gantry.cri.proto.ImageFsInfoResponse;
import io.gantry.cri.proto.ImageServiceGrpcService;
import io.gantry.cri.proto.ImageSpec;
import io.gantry.cri.proto.ImageStatusRequest;
import io.gantry.cri.proto.ImageStatusResponse;
import io.gantry.cri.proto.Int64Value;
import io.gantry.cri.proto.ListImagesRequest;
import io.gantry.cri.proto.ListImagesResponse;
import io.gantry.cri.proto.PullImageRequest;
import io.gantry.cri.proto.PullImageResponse;
import io.gantry.cri.proto.RemoveImageRequest;
import io.gantry.cri.proto.RemoveImageResponse;
import io.gantry.cri.proto.StreamImagesRequest;
import io.gantry.cri.proto.StreamImagesResponse;
import io.gantry.cri.proto.UInt64Value;
import io.gantry.errors.RuntimeFault;
import io.gantry.ids.ImageRef;
import io.gantry.image.Image;
import io.gantry.image.Images;
import io.gantry.image.PullImage;
import io.gantry.state.Json;
import io.vertx.core.Future;
import io.vertx.grpc.server.GrpcServerResponse;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** The RPCs of the image service. */
final class ImageRpcs {
  private final Images images;
  private final Clock clock;

  ImageRpcs(Images images, Clock clock) {
    this.images = images;
    this.clock = clock;
  }

  void register(Rpcs rpcs) {
    rpcs
        .unary(ImageServiceGrpcService.PullImage, this::pullImage)
        .unary(ImageServiceGrpcService.ListImages, this::listImages)
        .stream(ImageServiceGrpcService.StreamImages, this::streamImages)
        .unary(ImageServiceGrpcService.ImageStatus, this::imageStatus)
        .unary(ImageServiceGrpcService.RemoveImage, this::removeImage)
        .unary(ImageServiceGrpcService.ImageFsInfo, this::imageFsInfo);
  }

  private Future<PullImageResponse> pullImage(Call call, PullImageRequest request) {
    var reference = ImageRef.parse(request.getImage().getImage());
    var pod = request.getSandboxConfig().getMetadata();
    if (!pod.getName().isEmpty()) {
      call.about(Subject.pod(pod.getNamespace(), pod.getName()));
    }
    return images
        .pull(call, new PullImage(reference, PullAuth.credentials(reference, request.getAuth())))
        .map(image -> PullImageResponse.newBuilder().setImageRef(image.id().value()).build());
  }

  private Future<ListImagesResponse> listImages(Call call, ListImagesRequest request) {
    return Future.succeededFuture(
        ListImagesResponse.newBuilder().addAllImages(items(request.getFilter())).build());
  }

  private Future<Void> streamImages(
      Call call,
      StreamImagesRequest request,
      GrpcServerResponse<StreamImagesRequest, StreamImagesResponse> response) {
    return Chunks.send(
        response,
        items(request.getFilter()),
        some -> StreamImagesResponse.newBuilder().addAllImages(some).build());
  }

  private List<io.gantry.cri.proto.Image> items(ImageFilter filter) {
    var wanted = filter.getImage().getImage();
    var found =
        wanted.isEmpty() ? images.list() : images.find(wanted).map(List::of).orElse(List.of());
    return found.stream().map(this::answer).toList();
  }

  /** An image that is not here is an empty answer, not a fault. */
  private Future<ImageStatusResponse> imageStatus(Call call, ImageStatusRequest request) {
    var answer = ImageStatusResponse.newBuilder();
    images
        .find(named(request.getImage()))
        .ifPresent(
            image -> {
              answer.setImage(answer(image));
              if (request.getVerbose()) {
                answer.putInfo("info", Json.text(image));
              }
            });
    return Future.succeededFuture(answer.build());
  }

  private Future<RemoveImageResponse> removeImage(Call call, RemoveImageRequest request) {
    return images
        .remove(call, named(request.getImage()))
        .map(RemoveImageResponse.getDefaultInstance());
  }

  private Future<ImageFsInfoResponse> imageFsInfo(Call call, ImageFsInfoRequest request) {
    var usage = images.usage();
    return Future.succeededFuture(
        ImageFsInfoResponse.newBuilder()
            .addImageFilesystems(
                FilesystemUsage.newBuilder()
                    .setTimestamp(Times.nanos(clock.instant()))
                    .setFsId(
                        FilesystemIdentifier.newBuilder()
                            .setMountpoint(usage.mountpoint().toString()))
                    .setUsedBytes(UInt64Value.newBuilder().setValue(usage.bytes()))
                    .setInodesUsed(UInt64Value.newBuilder().setValue(usage.inodes())))
            .build());
  }

  private static String named(ImageSpec spec) {
    if (spec.getImage().isEmpty()) {
      throw RuntimeFault.invalid("image: none (expected: the id or reference of an image)");
    }
    return spec.getImage();
  }

  private io.gantry.cri.proto.Image answer(Image image) {
    var cri =
        io.gantry.cri.proto.Image.newBuilder()
            .setId(image.id().value())
            .addAllRepoTags(image.tags())
            .addAllRepoDigests(image.digests())
            .setSize(image.sizeBytes())
            .setPinned(images.pinned(image))
            .setSpec(ImageSpec.newBuilder().setImage(image.id().value()));
    var user = Optional.ofNullable(image.config().execution().user()).orElse("").split(":", 2)[0];
    if (user.matches("[0-9]{1,10}")) {
      cri.setUid(Int64Value.newBuilder().setValue(Long.parseLong(user)));
    } else {
      cri.setUsername(user);
    }
    return cri.build();
  }
}
