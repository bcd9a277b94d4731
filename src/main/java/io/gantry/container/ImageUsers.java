package io.gantry.container;

import io.gantry.container.ContainerConfig.Security;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The users and groups that an image knows, passwd(5) and group(5) of its own. Hostile input: a
 * line that makes no sense is passed over, and what looks like a number is never taken for a name
 * (CVE-2024-40635: an id past 31 bits would wrap; CVE-2026-46680: a name may look like one). Pure.
 */
final class ImageUsers {
  static final String PASSWD = "etc/passwd";
  static final String GROUP = "etc/group";
  static final List<String> FILES = List.of(PASSWD, GROUP);

  /** What is read of each file. No image needs more (CVE-2026-47262). */
  static final int FILE_BYTES_MAX = 10 * 1024 * 1024;

  private static final Pattern ID = Pattern.compile("[0-9]{1,19}");
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+|0[xX].*");

  private record User(String name, long id, long group, String home) {}

  private record Group(String name, long id, List<String> members) {}

  private final String passwd;
  private final String group;

  /**
   * @param files those of {@link #FILES} that the image has
   */
  ImageUsers(Map<String, Buffer> files) {
    passwd = text(files, PASSWD);
    group = text(files, GROUP);
  }

  private static String text(Map<String, Buffer> files, String path) {
    return files.getOrDefault(path, Buffer.buffer()).toString(StandardCharsets.UTF_8);
  }

  /**
   * Whom to run as. A name in the request comes before a number in it, and both before the image's
   * {@code USER}; the request's group comes before the image's, and the image's before the user's.
   *
   * @param ofImage {@code user}, {@code user:group} or empty, each by name or number
   */
  Identity identity(Security security, String ofImage) {
    var image = ofImage.split(":", 2);
    var asked = security.user().isPresent() || !security.username().isEmpty();
    if (security.group().isPresent() && !asked) {
      throw RuntimeFault.invalid(
          "run_as_group: without a user (expected: run_as_user or run_as_username too)");
    }
    var user =
        !security.username().isEmpty()
            ? user("run_as_username", security.username())
            : security.user().map(this::user).orElseGet(() -> user("image user", image[0]));
    long group =
        security
            .group()
            .orElseGet(
                () ->
                    asked || image.length < 2 || image[1].isEmpty()
                        ? user.group()
                        : group("image group", image[1]));
    return new Identity(
        user.id(),
        group,
        groups(security, user, group),
        Optional.of(user.home()).filter(ImageUsers::isPath));
  }

  /** One value of an environment, and one field of a file: it must not hold what ends either. */
  private static boolean isPath(String home) {
    return home.startsWith("/") && home.chars().noneMatch(c -> c < ' ');
  }

  private List<Long> groups(Security security, User user, long primary) {
    var all = new LinkedHashSet<Long>();
    all.add(primary);
    if (security.groupsMerged() && !user.name().isEmpty()) {
      groups().filter(it -> it.members().contains(user.name())).forEach(it -> all.add(it.id()));
    }
    all.addAll(security.supplementalGroups());
    return List.copyOf(all);
  }

  private User user(String what, String text) {
    var id = number(what, text.isEmpty() ? "0" : text);
    return id.isPresent()
        ? user(id.getAsLong())
        : users()
            .filter(user -> user.name().equals(text))
            .findFirst()
            .orElseThrow(() -> unknown(what, text, PASSWD));
  }

  /** One that the image does not know is a user all the same, of the group 0. */
  private User user(long id) {
    return users().filter(user -> user.id() == id).findFirst().orElse(new User("", id, 0, ""));
  }

  private long group(String what, String text) {
    return number(what, text)
        .orElseGet(
            () ->
                groups()
                    .filter(group -> group.name().equals(text))
                    .findFirst()
                    .map(Group::id)
                    .orElseThrow(() -> unknown(what, text, GROUP)));
  }

  private static OptionalLong number(String what, String text) {
    if (!NUMBER.matcher(text).matches()) {
      return OptionalLong.empty();
    }
    return id(text)
        .map(OptionalLong::of)
        .orElseThrow(
            () ->
                RuntimeFault.precondition(
                    what + ": '" + text + "' (expected: a name, or a number up to 2147483647)"));
  }

  private static Optional<Long> id(String text) {
    if (!ID.matcher(text).matches() || text.length() > 18) {
      return Optional.empty();
    }
    return Optional.of(Long.parseLong(text)).filter(id -> id <= Integer.MAX_VALUE);
  }

  private static RuntimeFault unknown(String what, String name, String file) {
    return RuntimeFault.precondition(
        what + ": '" + name + "' (expected: a name in /" + file + " of the image)");
  }

  private Stream<User> users() {
    return lines(passwd, 6)
        .filter(field -> id(field[2]).isPresent() && id(field[3]).isPresent())
        .map(
            field ->
                new User(
                    field[0], id(field[2]).orElseThrow(), id(field[3]).orElseThrow(), field[5]));
  }

  private Stream<Group> groups() {
    return lines(group, 3)
        .filter(field -> id(field[2]).isPresent())
        .map(
            field ->
                new Group(
                    field[0],
                    id(field[2]).orElseThrow(),
                    field.length < 4 ? List.of() : members(field[3])));
  }

  private static Stream<String[]> lines(String text, int fields) {
    return text.lines()
        .filter(Predicate.not(line -> line.startsWith("#")))
        .map(line -> line.split(":", -1))
        .filter(field -> field.length >= fields && !field[0].isEmpty());
  }

  private static List<String> members(String text) {
    return new ArrayList<>(Arrays.asList(text.strip().split(",")));
  }
}
