package io.gantry.host;

import static io.gantry.host.Answers.faultOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.ids.IdMapping;
import io.gantry.ids.IdMappings;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("root")
class LinuxNamespacesIT extends OnLinux {
  private final Namespaces namespaces = host.namespaces();

  @TempDir Path directory;

  @AfterEach
  void unpin() {
    Answers.of(namespaces.remove(directory));
  }

  private Namespaces.Wanted all(Map<String, String> sysctls) {
    return new Namespaces.Wanted(
        directory,
        EnumSet.complementOf(EnumSet.of(Namespaces.Kind.USER)),
        Optional.of("pod-1"),
        sysctls);
  }

  private Namespaces.Wanted only(Namespaces.Kind kind, Map<String, String> sysctls) {
    return new Namespaces.Wanted(directory, Set.of(kind), Optional.empty(), sysctls);
  }

  private String inPod(String... command) {
    var arguments =
        Stream.concat(
            Stream.of(
                "--net=" + directory.resolve("net"),
                "--ipc=" + directory.resolve("ipc"),
                "--uts=" + directory.resolve("uts")),
            Stream.of(command));
    var output =
        Answers.of(
            host.processes()
                .run(
                    call(),
                    Command.of(Path.of("/usr/bin/nsenter"), arguments.toList()),
                    Buffer.buffer(),
                    10_000));
    assertThat(output.stderr().toString()).isEmpty();
    return output.stdout().toString().strip();
  }

  @Test
  void pinnedNamespacesAreOnesOfTheirOwn() throws IOException {
    // Given
    var own = identities("/proc/self/ns");

    // When
    Answers.of(namespaces.create(all(Map.of())));

    // Then
    assertThat(inPod("readlink", "/proc/self/ns/net", "/proc/self/ns/ipc", "/proc/self/ns/uts"))
        .doesNotContain(own);
    assertThat(identities("/proc/self/ns")).isEqualTo(own);
    assertThat(directory).isDirectoryContaining("glob:**/net");
  }

  private static List<String> identities(String directory) throws IOException {
    return List.of(
        Files.readSymbolicLink(Path.of(directory, "net")).toString(),
        Files.readSymbolicLink(Path.of(directory, "ipc")).toString(),
        Files.readSymbolicLink(Path.of(directory, "uts")).toString());
  }

  @Test
  void hostnameIsThatOfThePodAndTheHostKeepsItsOwn() throws IOException {
    // Given
    var own = Files.readString(Path.of("/proc/sys/kernel/hostname"));

    // When
    Answers.of(namespaces.create(all(Map.of())));

    // Then
    assertThat(inPod("hostname")).isEqualTo("pod-1");
    assertThat(Files.readString(Path.of("/proc/sys/kernel/hostname"))).isEqualTo(own);
  }

  @Test
  void sysctlsAreSetInsideAndNowhereElse() throws IOException {
    // Given
    var range = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    var own = Files.readString(range);

    // When
    Answers.of(
        namespaces.create(
            all(
                Map.of(
                    "net.ipv4.ip_local_port_range", "20000 30000",
                    "net/ipv4/conf/lo/rp_filter", "1",
                    "kernel.shm_rmid_forced", "1",
                    "kernel.sem", "100 200 30 40",
                    "fs.mqueue.msg_max", "7",
                    "kernel.domainname", "example"))));

    // Then
    assertThat(inPod("cat", range.toString())).isEqualTo("20000\t30000");
    assertThat(inPod("cat", "/proc/sys/net/ipv4/conf/lo/rp_filter")).isEqualTo("1");
    assertThat(inPod("cat", "/proc/sys/kernel/shm_rmid_forced")).isEqualTo("1");
    assertThat(inPod("cat", "/proc/sys/kernel/sem")).isEqualTo("100\t200\t30\t40");
    assertThat(inPod("cat", "/proc/sys/kernel/domainname")).isEqualTo("example");
    assertThat(Files.readString(range)).isEqualTo(own);
  }

  private Namespaces.Wanted owned(IdMapping ids, Map<String, String> sysctls) {
    return new Namespaces.Wanted(
        directory,
        EnumSet.allOf(Namespaces.Kind.class),
        Optional.of(new IdMappings(List.of(ids), List.of(ids))),
        Optional.of("pod-1"),
        sysctls);
  }

  @Test
  void userNamespaceHasItsIdsAndOwnsTheOthers() throws IOException {
    // Given
    var before = ProcessHandle.current().children().count();

    // When
    Answers.of(
        namespaces.create(
            owned(
                new IdMapping(0, 70_000, 65_536),
                Map.of(
                    "net.ipv4.ip_local_port_range", "20000 30000",
                    "kernel.shm_rmid_forced", "1",
                    "fs.mqueue.msg_max", "7"))));

    // Then
    var user = "--user=" + directory.resolve("user");
    assertThat(inPod(user, "cat", "/proc/self/uid_map").split("\\s+"))
        .endsWith("0", "70000", "65536");
    assertThat(inPod(user, "hostname")).isEqualTo("pod-1");
    assertThat(inPod(user, "hostname", "renamed")).as("by the root in there").isEmpty();
    assertThat(inPod(user, "cat", "/proc/sys/net/ipv4/ip_local_port_range"))
        .isEqualTo("20000\t30000");
    assertThat(inPod("cat", "/proc/sys/kernel/shm_rmid_forced")).isEqualTo("1");
    assertThat(inPod("cat", "/proc/sys/fs/mqueue/msg_max")).isEqualTo("7");
    assertThat(inPod(user, "ip", "link", "show", "lo")).contains("LOWER_UP");
    assertThat(ProcessHandle.current().children().count()).as("nobody sleeps on").isEqualTo(before);
  }

  @Test
  void idsThatTheKernelDoesNotMapAreRefusedAndLeaveNothing() {
    // When: a map within a map
    var fault =
        faultOf(
            namespaces.create(
                new Namespaces.Wanted(
                    directory,
                    Set.of(Namespaces.Kind.USER),
                    Optional.of(
                        new IdMappings(
                            List.of(new IdMapping(0, 10, 10), new IdMapping(5, 50, 10)),
                            List.of(new IdMapping(0, 10, 10)))),
                    Optional.empty(),
                    Map.of())));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(fault).hasMessageStartingWith("uid_map: [0 10 10, 5 50 10] (expected:");
    assertThat(directory).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({
    "kernel.panic",
    "vm.swappiness",
    "kernel.shm_rmid_forced",
    "net.ipv4.../../kernel.panic",
    "net..ipv4",
    "'net.ipv4.ip_forward '",
    "fs.mqueue.msg_max",
    "kernel.hostname",
    "net"
  })
  void sysctlOfTheHostOrOfNoNamespaceHereIsRefused(String name) {
    // When
    var fault = faultOf(namespaces.create(only(Namespaces.Kind.NET, Map.of(name, "1"))));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
    assertThat(directory).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1\n2", "1\0"})
  void valueOfSeveralLinesIsRefused(String value) {
    // When
    var fault =
        faultOf(namespaces.create(only(Namespaces.Kind.NET, Map.of("net.ipv4.ip_forward", value))));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void sysctlThatTheKernelLacksLeavesNothing() {
    // When
    var fault = faultOf(namespaces.create(all(Map.of("net.ipv4.no_such_thing", "1"))));

    // Then
    assertThat(fault)
        .hasMessage(
            "sysctl: net.ipv4.no_such_thing (expected: one that this kernel has in a namespace)");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void failureInTheMiddleLeavesNoPin() throws IOException {
    // Given: the last pin cannot be made
    Files.createFile(directory.resolve("uts"));

    // When
    var fault = faultOf(namespaces.create(all(Map.of())));

    // Then
    assertThat(fault).isNotNull();
    assertThat(directory.resolve("net")).doesNotExist();
    assertThat(directory.resolve("ipc")).doesNotExist();
    assertThat(Answers.of(host.mounts().below(directory))).isEmpty();
  }

  @Test
  void hostnameWithoutANamespaceForItIsRefused() {
    // When
    var fault =
        faultOf(
            namespaces.create(
                new Namespaces.Wanted(
                    directory, Set.of(Namespaces.Kind.NET), Optional.of("x"), Map.of())));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void loopbackWorksInsideOnAThreadThatEnters() throws Exception {
    // Given
    Answers.of(namespaces.create(all(Map.of())));
    var loopback = InetAddress.getByName("127.0.0.1");

    // When: a port that is taken outside is free inside
    try (var outside = new ServerSocket(0, 1, loopback)) {
      var port =
          Answers.of(
              namespaces.inside(
                  directory.resolve("net"),
                  () -> {
                    try (var server = new ServerSocket(outside.getLocalPort(), 1, loopback);
                        var client = new java.net.Socket(loopback, server.getLocalPort())) {
                      return client.getPort();
                    }
                  }));

      // Then
      assertThat(port).isEqualTo(outside.getLocalPort());
    }
  }

  @Test
  void workInsideNoNamespaceFails() {
    // When
    var fault = faultOf(namespaces.inside(directory.resolve("net"), () -> 1));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void removeIsIdempotent() {
    // Given
    Answers.of(namespaces.create(all(Map.of())));

    // When
    Answers.of(namespaces.remove(directory));
    Answers.of(namespaces.remove(directory));

    // Then
    assertThat(directory).isEmptyDirectory();
    assertThat(Answers.of(host.mounts().below(directory))).isEmpty();
  }

  @Test
  void threadThatMadeANamespaceIsGone() throws IOException {
    // When
    Answers.of(namespaces.create(all(Map.of())));

    // Then
    var own = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    assertThat(IntStream.range(0, 200).anyMatch(_ -> allThreadsAreIn(own))).isTrue();
  }

  private static boolean allThreadsAreIn(Path namespace) {
    Answers.of(vertx.timer(10));
    try (var tasks = Files.list(Path.of("/proc/self/task"))) {
      for (var task : tasks.toList()) {
        if (!Files.readSymbolicLink(task.resolve("ns/net")).equals(namespace)) {
          return false;
        }
      }
      return true;
    } catch (IOException raced) {
      return false;
    }
  }

  @Test
  void answersComeOnTheContextOfTheCaller() {
    // Given
    var context = vertx.getOrCreateContext();
    var done = Promise.<Boolean>promise();

    // When
    context.runOnContext(
        _ ->
            namespaces
                .create(all(Map.of()))
                .map(_ -> Vertx.currentContext() == context)
                .compose(
                    before ->
                        namespaces
                            .inside(directory.resolve("net"), () -> 1)
                            .map(_ -> before && Vertx.currentContext() == context))
                .onComplete(done));

    // Then
    assertThat(Answers.of(done.future())).isTrue();
  }
}
