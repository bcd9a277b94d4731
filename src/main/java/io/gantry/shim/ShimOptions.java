package io.gantry.shim;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import io.gantry.errors.RuntimeFault;
import io.gantry.shim.proto.Generic;
import io.gantry.shim.proto.Runc;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a shim is told with each container, by the names that containerd's own configuration has.
 *
 * @param values by name, checked
 */
public record ShimOptions(Family family, Map<String, String> values) {
  /** Whose options they are. */
  public enum Family {
    /** {@code containerd.runc.v1.Options}. */
    RUNC,
    /** {@code runtimeoptions.v1.Options}: gVisor, Kata, runwasi. */
    OTHER;

    private List<String> names() {
      return switch (this) {
        case RUNC ->
            List.of(
                "BinaryName",
                "Root",
                "SystemdCgroup",
                "NoPivotRoot",
                "NoNewKeyring",
                "IoUid",
                "IoGid",
                "CriuImagePath",
                "CriuWorkPath");
        case OTHER -> List.of("TypeUrl", "ConfigPath");
      };
    }

    /** That of a shim's binary: {@code containerd-shim-runc-v2} is runc's. */
    static Family of(String binary) {
      return binary.matches("containerd-shim-runc-v[0-9]+") ? RUNC : OTHER;
    }
  }

  private static final String RUNC_TYPE = "containerd.runc.v1.Options";
  private static final String CHECKPOINT_TYPE = "containerd.runc.v1.CheckpointOptions";
  private static final String OTHER_TYPE = "runtimeoptions.v1.Options";

  public ShimOptions {
    values = Map.copyOf(values);
    values.forEach((name, value) -> check(family, name, value));
  }

  /**
   * Those of a shim.
   *
   * @param binary the name of its file, which tells the family
   * @param options such as {@code BinaryName=/usr/bin/crun}
   * @throws RuntimeFault INVALID_ARGUMENT for one that this shim does not have
   */
  public static ShimOptions parse(String binary, List<String> options) {
    var values = new HashMap<String, String>();
    for (var option : options) {
      var equals = option.indexOf('=');
      if (equals < 1 || values.put(option.substring(0, equals), after(option, equals)) != null) {
        throw RuntimeFault.invalid(
            "shim option: '" + option + "' (expected: name=value, each name once)");
      }
    }
    return new ShimOptions(Family.of(binary), values);
  }

  private static String after(String option, int equals) {
    return option.substring(equals + 1);
  }

  private static void check(Family family, String name, String value) {
    if (!family.names().contains(name)) {
      throw RuntimeFault.invalid(
          "shim option: " + name + " (expected: one of " + String.join(", ", family.names()) + ")");
    }
    var expected =
        switch (name) {
          case "SystemdCgroup", "NoPivotRoot", "NoNewKeyring" ->
              value.matches("true|false") ? "" : "true or false";
          case "IoUid", "IoGid" -> value.matches("[0-9]{1,9}") ? "" : "a number";
          default -> value.isEmpty() ? "a value" : "";
        };
    if (!expected.isEmpty()) {
      throw RuntimeFault.invalid(
          "shim option " + name + ": '" + value + "' (expected: " + expected + ")");
    }
  }

  /**
   * As a shim is sent them.
   *
   * @param state where runc is to keep its own, if nothing else is said
   * @param systemd whether systemd is to make the container's group
   */
  Any any(Path state, boolean systemd) {
    return switch (family) {
      case RUNC -> any(RUNC_TYPE, runc(state, systemd));
      case OTHER -> any(OTHER_TYPE, other());
    };
  }

  /** Of a checkpoint into {@code images}; shims of others take none. */
  Optional<Any> checkpoint(Path images) {
    return switch (family) {
      case RUNC ->
          Optional.of(
              any(
                  CHECKPOINT_TYPE,
                  Runc.CheckpointOptions.newBuilder()
                      .setOpenTcp(true)
                      .setExternalUnixSockets(true)
                      .setFileLocks(true)
                      .setWorkPath(images.toString())
                      .build()));
      case OTHER -> Optional.empty();
    };
  }

  /** Without a prefix: shims look types up by the bare name (typeurl of containerd). */
  static Any any(String type, MessageLite message) {
    return Any.newBuilder().setTypeUrl(type).setValue(message.toByteString()).build();
  }

  private Runc.Options runc(Path state, boolean systemd) {
    return Runc.Options.newBuilder()
        .setBinaryName(text("BinaryName"))
        .setRoot(values.getOrDefault("Root", state.toString()))
        .setSystemdCgroup(systemd || flag("SystemdCgroup"))
        .setNoPivotRoot(flag("NoPivotRoot"))
        .setNoNewKeyring(flag("NoNewKeyring"))
        .setIoUid(number("IoUid"))
        .setIoGid(number("IoGid"))
        .setCriuImagePath(text("CriuImagePath"))
        .setCriuWorkPath(text("CriuWorkPath"))
        .build();
  }

  private Generic.Options other() {
    return Generic.Options.newBuilder()
        .setTypeUrl(text("TypeUrl"))
        .setConfigPath(text("ConfigPath"))
        .build();
  }

  private String text(String name) {
    return values.getOrDefault(name, "");
  }

  private boolean flag(String name) {
    return text(name).equals("true");
  }

  private int number(String name) {
    return values.containsKey(name) ? Integer.parseInt(text(name)) : 0;
  }
}
