package io.gantry.config;

import io.gantry.container.ContainersConfig;
import io.gantry.network.DefaultBridge;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Predicate;

/** What a value must look like, and how to say so. */
enum Form {
  PATH("an absolute path", Form::absolute),
  PATHS(
      "absolute paths, as a list or separated by commas",
      text ->
          !text.isEmpty() && java.util.Arrays.stream(text.split(",", -1)).allMatch(Form::absolute)),
  PATH_OR_NONE("an absolute path, or empty for none", text -> text.isEmpty() || absolute(text)),
  CERTIFICATE(
      "an absolute path, self-signed, or empty for none",
      text -> text.isEmpty() || text.equals("self-signed") || absolute(text)),
  URL("http(s)://<host>[:<port>][/…], or empty for none", Form::url),
  NAMES(
      "names of images with * for any characters, as a list or separated by commas",
      text -> text.matches("[A-Za-z0-9._/:@\\[\\]*, -]*")),
  ADDRESS("<ip address>:<port>, or empty for none", Form::address),
  SECONDS("a whole number of seconds from 1 to 86400", text -> within(text, 1, 86_400)),
  AUTO_OR_SWITCH("auto, true or false", text -> text.matches("auto|true|false")),
  SWITCH("true or false", text -> text.matches("true|false")),
  DEVICE(
      "the name of a network device, 15 characters at most",
      text -> text.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")),
  SUBNETS(
      "subnets such as 10.85.0.0/16, as a list or separated by commas",
      text -> java.util.Arrays.stream(text.split(",", -1)).allMatch(DefaultBridge::isSubnet)),
  MEBIBYTES("a whole number of MiB from 0 to 4096", text -> within(text, 0, 4096)),
  RLIMITS(
      "<name>=<soft>[:<hard>], numbers or unlimited, as a list or separated by commas, of the names "
          + String.join(", ", ContainersConfig.rlimitNames()),
      ContainersConfig::areRlimits),
  COUNT("a whole number from 1 to 64", text -> within(text, 1, 64)),
  WORD(
      "a word of letters, digits, '-', '_' and '.', or empty",
      text -> text.matches("[A-Za-z0-9._-]*")),
  CGROUP_DRIVER("auto, cgroupfs or systemd", text -> text.matches("auto|cgroupfs|systemd")),
  ROLE_OR_NONE(
      "view, operate or admin, or empty for none", text -> text.matches("|view|operate|admin")),
  ROLES(
      "names with roles such as ops=operate, * for any name, as a list or separated by commas",
      text ->
          text.isEmpty()
              || text.matches("[^=,]+=(view|operate|admin)(,[^=,]+=(view|operate|admin))*")),
  LOG_FORMAT("text or json", text -> text.matches("text|json")),
  LOG_LEVEL(
      "error, warn, info, debug or trace", text -> text.matches("error|warn|info|debug|trace"));

  private final String expected;

  @SuppressWarnings("ImmutableEnumChecker") // all of them are method references without state
  private final Predicate<String> fits;

  Form(String expected, Predicate<String> fits) {
    this.expected = expected;
    this.fits = fits;
  }

  String expected() {
    return expected;
  }

  boolean fits(String text) {
    return fits.test(text);
  }

  private static boolean absolute(String text) {
    try {
      return Path.of(text).isAbsolute();
    } catch (InvalidPathException _) {
      return false;
    }
  }

  private static boolean url(String text) {
    return text.isEmpty() || text.matches("https?://[^\\s/?#@]+(/[^\\s?#]*)?");
  }

  private static boolean address(String text) {
    return text.isEmpty()
        || (text.matches("(\\[[0-9a-fA-F:]+]|[0-9]{1,3}(\\.[0-9]{1,3}){3}):[0-9]{1,5}")
            && within(text.substring(text.lastIndexOf(':') + 1), 0, 65_535));
  }

  private static boolean within(String text, int least, int most) {
    return text.matches("[0-9]{1,9}")
        && Integer.parseInt(text) >= least
        && Integer.parseInt(text) <= most;
  }
}
