package io.gantry.cdi;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.gantry.cdi.CdiDocument.ContainerEdits;
import io.gantry.cdi.CdiDocument.DeviceEntry;
import io.gantry.cdi.CdiDocument.HookEntry;
import io.gantry.cdi.CdiDocument.MountEntry;
import io.gantry.cdi.CdiDocument.NodeEntry;
import io.gantry.errors.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that has been read and found right in itself; whether the host has what it names shows
 * when a device is asked for.
 *
 * @param common edits for whichever of its devices is used
 * @param devices edits by the devices' names
 */
record CdiFile(Path path, String kind, ContainerEdits common, Map<String, ContainerEdits> devices) {
  /** Drivers write a few hundred devices at most. */
  private static final int BYTES_MAX = 4 << 20;

  private static final Set<String> VERSIONS =
      Set.of("0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "1.0", "1.1");

  static final Set<String> HOOKS =
      Set.of(
          "prestart",
          "createRuntime",
          "createContainer",
          "startContainer",
          "poststart",
          "poststop");

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final ObjectMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  static final ContainerEdits NOTHING =
      new ContainerEdits(null, null, null, null, null, null, null);

  /** Blocks. What is wrong with the file is INVALID_ARGUMENT, without the file's name. */
  static CdiFile read(Path path) throws IOException {
    try (var in = Files.newInputStream(path)) {
      var text = in.readNBytes(BYTES_MAX + 1);
      if (text.length > BYTES_MAX) {
        throw RuntimeFault.invalid("size: over 4 MiB (expected: less)");
      }
      return of(path, parsed(path, text));
    }
  }

  private static CdiDocument parsed(Path path, byte[] text) throws IOException {
    try {
      var mapper = path.toString().endsWith(".json") ? JSON : YAML;
      var document = mapper.readValue(text, CdiDocument.class);
      if (document == null) {
        throw RuntimeFault.invalid("empty (expected: a CDI specification)");
      }
      return document;
    } catch (JacksonException malformed) {
      var place = malformed.getLocation();
      throw RuntimeFault.invalid(
          malformed.getOriginalMessage().lines().findFirst().orElse("")
              + (place == null ? "" : " at line " + place.getLineNr()));
    }
  }

  private static CdiFile of(Path path, CdiDocument document) {
    var version = String.valueOf(document.cdiVersion()).replaceFirst("^v", "");
    if (!version.matches("[0-9]+\\.[0-9]+\\.[0-9]+")
        || !VERSIONS.contains(version.substring(0, version.lastIndexOf('.')))) {
      throw wrong("cdiVersion", document.cdiVersion(), "0.2.0 to 1.1.0");
    }
    var kind = String.valueOf(document.kind());
    if (!DeviceName.isKind(kind)) {
      throw wrong("kind", document.kind(), "vendor and class, such as vendor.example/gpu");
    }
    var devices = new LinkedHashMap<String, ContainerEdits>();
    for (var device : or(document.devices())) {
      var name = name(device);
      if (devices.put(name, checked("device " + name, device.containerEdits())) != null) {
        throw wrong("device", name, "once");
      }
    }
    if (devices.isEmpty()) {
      throw wrong("devices", "none", "at least one");
    }
    return new CdiFile(path, kind, checked("containerEdits", document.containerEdits()), devices);
  }

  private static String name(DeviceEntry device) {
    if (!DeviceName.isName(String.valueOf(device.name())) || device.name() == null) {
      throw wrong("device name", device.name(), "letters, digits, '_', '-', '.' and ':'");
    }
    return device.name();
  }

  private static ContainerEdits checked(String where, @Nullable ContainerEdits edits) {
    if (edits == null) {
      return NOTHING;
    }
    try {
      or(edits.env()).forEach(CdiFile::checkVariable);
      or(edits.deviceNodes()).forEach(CdiFile::check);
      or(edits.hooks()).forEach(CdiFile::check);
      or(edits.mounts()).forEach(CdiFile::check);
      or(edits.additionalGids()).forEach(CdiFile::checkGroup);
      return edits;
    } catch (RuntimeFault fault) {
      throw fault.during(where);
    }
  }

  private static void checkVariable(String line) {
    if (line.indexOf('=') <= 0 || line.indexOf('\0') >= 0) {
      throw wrong("env", line, "name=value");
    }
  }

  private static void check(NodeEntry node) {
    checkAbsolute("deviceNodes.path", node.path());
    if (node.hostPath() != null && !node.hostPath().isEmpty()) {
      checkAbsolute("deviceNodes.hostPath", node.hostPath());
    }
    if (!or(node.type()).matches("[bcup]?")) {
      throw wrong("deviceNodes.type", node.type(), "b, c, u or p");
    }
    if (!or(node.permissions()).matches("[rwm]*")) {
      throw wrong("deviceNodes.permissions", node.permissions(), "some of rwm");
    }
  }

  private static void check(HookEntry hook) {
    if (!HOOKS.contains(or(hook.hookName()))) {
      throw wrong(
          "hooks.hookName", hook.hookName(), String.join(", ", HOOKS.stream().sorted().toList()));
    }
    checkAbsolute("hooks.path", hook.path());
    or(hook.env()).forEach(CdiFile::checkVariable);
    if (hook.timeout() != null && hook.timeout() <= 0) {
      throw wrong("hooks.timeout", hook.timeout(), "seconds, more than 0");
    }
  }

  private static void check(MountEntry mount) {
    if (or(mount.hostPath()).isEmpty()) {
      throw wrong("mounts.hostPath", mount.hostPath(), "what is mounted");
    }
    checkAbsolute("mounts.containerPath", mount.containerPath());
  }

  private static void checkGroup(Long group) {
    if (group == null || group < 0 || group > 0xFFFF_FFFFL) {
      throw wrong("additionalGids", group, "0 to 4294967295");
    }
  }

  private static void checkAbsolute(String what, @Nullable String path) {
    if (!or(path).startsWith("/") || or(path).indexOf('\0') >= 0) {
      throw wrong(what, path, "an absolute path");
    }
  }

  private static RuntimeFault wrong(String what, @Nullable Object found, String expected) {
    return RuntimeFault.invalid(what + ": '" + found + "' (expected: " + expected + ")");
  }

  static String or(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }

  static <T> List<T> or(@Nullable List<T> list) {
    return Objects.requireNonNullElse(list, List.of());
  }
}
