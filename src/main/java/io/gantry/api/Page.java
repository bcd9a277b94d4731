package io.gantry.api;

import io.gantry.errors.RuntimeFault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A part of a list that begins with the newest. A cursor names the last one of a page by what never
 * changes of it, so what comes or goes between two pages shifts nothing: whatever is there from the
 * first page to the last is on one of them, once.
 */
final class Page {
  private static final long NANOS = 1_000_000_000;

  /** Where something stands in a list: the largest first. */
  record Place(long order, String id) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparingLong(Place::order).thenComparing(Place::id);

    static Place of(Instant made, String id) {
      return new Place(made.getEpochSecond() * NANOS + made.getNano(), id);
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }

    private String cursor() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString((order + " " + id).getBytes(StandardCharsets.UTF_8));
    }

    private static Place of(String cursor) {
      try {
        var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        var parts = text.split(" ", 2);
        return new Place(Long.parseLong(parts[0]), parts[1]);
      } catch (IllegalArgumentException | IndexOutOfBoundsException nonsense) {
        throw RuntimeFault.invalid(
            "cursor: '" + cursor + "' (expected: that of the Link of another page)");
      }
    }
  }

  private Page() {}

  /** Whether who asks wants a part only. */
  static boolean wanted(Asked asked) {
    return asked.count("limit").isPresent() || asked.text("cursor").isPresent();
  }

  /** The part that is asked for, and in the header {@code Link} where the next one is. */
  static <T> JsonArray of(
      Asked asked, Stream<T> all, Function<T, Place> place, Function<T, JsonObject> seen) {
    var after = asked.text("cursor").map(Place::of);
    var limit = asked.count("limit").map(Math::toIntExact).orElse(Integer.MAX_VALUE);
    var rest =
        all.filter(it -> after.isEmpty() || place.apply(it).compareTo(after.get()) < 0)
            .sorted(Comparator.comparing(place).reversed())
            .toList();
    var page = rest.subList(0, Math.min(limit, rest.size()));
    if (page.size() < rest.size()) {
      asked
          .context()
          .response()
          .putHeader("Link", link(asked, place.apply(page.getLast()).cursor()));
    }
    return Seen.array(page.stream().map(seen).toList());
  }

  /** The same request with another cursor (RFC 8288). */
  private static String link(Asked asked, String cursor) {
    var request = asked.context().request();
    var query =
        Arrays.stream(Optional.ofNullable(request.query()).orElse("").split("&"))
            .filter(it -> !it.isEmpty() && !it.startsWith("cursor="))
            .collect(Collectors.joining("&"));
    return "<%s?%s&cursor=%s>; rel=\"next\"".formatted(request.path(), query, cursor);
  }
}
