package io.gantry.security;

import io.gantry.errors.RuntimeFault;
import io.gantry.runtime.Labels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SELinux as this host has it. The labels of containers are the policy's own, from its file for
 * containers; what is asked for is put over them; and the kernel is asked whether it knows the
 * result. Decision 0023 says when labels are set.
 */
final class Selinux {
  private static final Logger LOG = LoggerFactory.getLogger(Selinux.class);

  /** Of what is not confined. */
  private static final String UNCONFINED_TYPE = "spc_t";

  private static final int CATEGORIES = 1024;

  /** There are half a million pairs: who meets none that is free so often never will. */
  private static final int TRIES_MAX = 10_000;

  /** Answers whether the policy knows a label that is written to it. */
  private static final String JUDGE = "sys/fs/selinux/context";

  private static final String SELF = "proc/self/attr/current";

  /** What everything has before a policy is loaded. */
  private static final String NO_POLICY = "kernel";

  private static final String OF_CONTAINERS = "usr/share/containers/selinux/contexts";
  private static final Label PROCESS = Label.parse("system_u:system_r:container_t:s0");
  private static final Label FILES = Label.parse("system_u:object_r:container_file_t:s0");

  /**
   * What containers are labelled with.
   *
   * @param known whether the policy has a label
   */
  record Policy(Label process, Label files, Predicate<String> known) {}

  private final Optional<Policy> policy;
  private final String state;
  private final RandomGenerator random;

  /**
   * @param policy empty if nothing is labelled
   * @param state what is done, or why nothing
   */
  Selinux(Optional<Policy> policy, String state, RandomGenerator random) {
    this.policy = policy;
    this.state = state;
    this.random = random;
  }

  private static Selinux off(String why) {
    return new Selinux(Optional.empty(), why, new SecureRandom());
  }

  /** Blocks: run it on the disk pool. */
  static Selinux on(Path root, SelinuxMode mode) throws IOException {
    if (mode == SelinuxMode.OFF) {
      return off("selinux.enabled is false");
    }
    if (!isEnabled(root)) {
      return without(mode, "this host has no SELinux");
    }
    var contexts = contexts(root);
    var policy =
        new Policy(
            contexts.getOrDefault("process", PROCESS),
            contexts.getOrDefault("file", FILES),
            label -> isKnown(root, label));
    for (var label : List.of(policy.process, policy.files)) {
      if (!policy.known.test(label.toString())) {
        return without(mode, "its policy does not know " + label);
      }
    }
    return new Selinux(
        Optional.of(policy),
        "containers are " + policy.process + ", their files " + policy.files,
        new SecureRandom());
  }

  private static Selinux without(SelinuxMode mode, String why) {
    if (mode == SelinuxMode.REQUIRED) {
      throw RuntimeFault.precondition(
          "selinux.enabled: true, but "
              + why
              + " (expected: auto or false, or SELinux enabled with a policy that has containers)");
    }
    LOG.atInfo().addKeyValue("error", why).log("containers get no SELinux labels");
    return off(why);
  }

  /** A container sees the file system of the host's SELinux read-only, if at all. */
  private static boolean isEnabled(Path root) throws IOException {
    var self = root.resolve(SELF);
    return Files.isWritable(root.resolve(JUDGE))
        && Files.exists(self)
        && !Files.readString(self).replace("\0", "").strip().equals(NO_POLICY);
  }

  /** The kernel takes what is written only if it is a label of its policy. */
  private static boolean isKnown(Path root, String label) {
    try {
      Files.write(
          root.resolve(JUDGE), label.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /** Lines such as {@code process = "system_u:system_r:container_t:s0"}; none without a file. */
  private static Map<String, Label> contexts(Path root) throws IOException {
    var labels = new HashMap<String, Label>();
    for (var line : lines(root)) {
      var equals = line.indexOf('=');
      var text = line.substring(equals + 1).strip().replace("\"", "");
      if (equals > 0 && !line.startsWith("#") && !text.isEmpty()) {
        labels.put(line.substring(0, equals).strip(), Label.parse(text));
      }
    }
    return labels;
  }

  private static List<String> lines(Path root) throws IOException {
    for (var file :
        List.of(
            root.resolve(OF_CONTAINERS),
            root.resolve("etc/selinux").resolve(type(root)).resolve("contexts/lxc_contexts"))) {
      if (Files.isRegularFile(file)) {
        return Files.readAllLines(file);
      }
    }
    return List.of();
  }

  /** Which of the installed policies is loaded. */
  private static String type(Path root) throws IOException {
    var file = root.resolve("etc/selinux/config");
    return Files.isRegularFile(file)
        ? Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> line.startsWith("SELINUXTYPE="))
            .map(line -> line.substring("SELINUXTYPE=".length()).strip())
            .findFirst()
            .orElse("targeted")
        : "targeted";
  }

  /** What is done here, or why nothing. */
  String state() {
    return state;
  }

  /** A level with a pair of categories that is not {@code taken}; empty if nothing is labelled. */
  Optional<String> level(Predicate<String> taken) {
    return policy
        .filter(it -> !it.process.level().isEmpty())
        .map(it -> free(it.process.sensitivity(), taken));
  }

  private String free(String sensitivity, Predicate<String> taken) {
    for (var tries = 0; tries < TRIES_MAX; tries++) {
      var one = random.nextInt(CATEGORIES);
      var two = random.nextInt(CATEGORIES);
      var level = sensitivity + ":c" + Math.min(one, two) + ",c" + Math.max(one, two);
      if (one != two && !taken.test(level)) {
        return level;
      }
    }
    throw RuntimeFault.exhausted(
        "selinux level: no pair of categories is free (expected: fewer pods)");
  }

  /** Blocks where options are asked for. */
  Labels labels(AskedLabels asked) {
    if (policy.isEmpty()) {
      asked.options().ifPresent(this::refuse);
      return Labels.NONE;
    }
    var options = asked.options();
    options.ifPresent(it -> check(policy.get(), it));
    if (options.isEmpty() && asked.level().isEmpty()) {
      return Labels.NONE; // of a pod that was made without
    }
    return asked.privileged()
        ? unconfined(policy.get(), asked.level())
        : labels(policy.get(), asked);
  }

  private static Labels unconfined(Policy policy, String level) {
    var process = policy.process.withType(UNCONFINED_TYPE);
    return new Labels(
        process.withLevel(process.sensitivity()).toString(),
        policy.files.withLevel(level).toString());
  }

  /** Where a policy keeps a process from others, it cannot work among those of the host. */
  private static Labels labels(Policy policy, AskedLabels asked) {
    var process = policy.process.withLevel(asked.level());
    var files = policy.files.withLevel(asked.level());
    if (asked.options().isEmpty()) {
      return new Labels(asked.amongHostProcesses() ? null : process.toString(), files.toString());
    }
    var options = asked.options().get();
    return new Labels(
        over(process, options).toString(),
        files.withUser(options.user()).withLevel(options.level()).toString());
  }

  private static Label over(Label label, SelinuxOptions options) {
    return label
        .withUser(options.user())
        .withRole(options.role())
        .withType(options.type())
        .withLevel(options.level());
  }

  /** A user or a role alone confines nothing, nor does the type of what is not confined. */
  private void refuse(SelinuxOptions options) {
    var confines = !options.type().isEmpty() && !options.type().equals(UNCONFINED_TYPE);
    if (confines || !options.level().isEmpty()) {
      throw RuntimeFault.precondition(
          "selinux options: type '"
              + options.type()
              + "', level '"
              + options.level()
              + "', but "
              + state
              + " (expected: neither, or the type spc_t)");
    }
  }

  private static void check(Policy policy, SelinuxOptions options) {
    if (policy.known.test(over(policy.process, options).toString())) {
      return;
    }
    var plain = policy.process;
    unless(policy, plain.withUser(options.user()), "user", options.user());
    unless(policy, plain.withRole(options.role()), "role", options.role());
    unless(policy, plain.withType(options.type()), "type", options.type());
    unless(policy, plain.withLevel(options.level()), "level", options.level());
    throw SelinuxOptions.wrong(
        "options",
        over(plain, options).toString(),
        "a user, a role and a type that the host's policy lets go together");
  }

  private static void unless(Policy policy, Label label, String field, String value) {
    if (!policy.known.test(label.toString())) {
      throw SelinuxOptions.wrong(field, value, "one that the host's policy knows");
    }
  }
}
