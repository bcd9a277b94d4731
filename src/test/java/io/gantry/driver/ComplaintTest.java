package io.gantry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault.Kind;
import io.gantry.runtime.UnrunnableProgram;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComplaintTest {
  @Test
  void crunsLineIsTakenAsItIs() {
    assertThat(Complaint.of("crun create", "executable file `x` not found in $PATH\n"))
        .hasMessage("crun create: executable file `x` not found in $PATH");
  }

  @Test
  void youkisBacktraceIsLeftOutAndItsMissingProgramIsOne() {
    // Given
    var said =
        "Error: failed to create container: exec process failed with error error in executing"
            + " process : executable '/x' not found in $PATH\n\nStack backtrace:\n   0: <unknown>\n";

    // When
    var fault = Complaint.ofCreate("youki create", said, List.of("/x"));

    // Then
    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(fault).hasMessageEndingWith("executable '/x' not found in $PATH");
    assertThat(UnrunnableProgram.isBehind(fault)).isTrue();
  }

  @Test
  void runcsWrappingIsTakenOff() {
    // Given
    var said =
        "time=\"2026-11-24T04:15:40Z\" level=warning msg=\"never mind\"\n"
            + "time=\"2026-11-24T04:15:40Z\" level=error msg=\"exec: \\\"/bin/x\\\": stat /bin/x:"
            + " no such file or directory\"\n";

    // Then
    assertThat(Complaint.words(said))
        .isEqualTo("exec: \"/bin/x\": stat /bin/x: no such file or directory");
  }

  @Test
  void errorsOfAJsonLogAreTaken() {
    // Given
    var log =
        """
        {"msg":"fail startup","level":"error","time":"t"}
        {"msg":"by the way","level":"info","time":"t"}
        {"msg":"setns: No such process","level":"error","time":"t"}
        """;

    // Then
    assertThat(Complaint.words(log)).isEqualTo("fail startup; setns: No such process");
    assertThat(Complaint.isOne(log)).isTrue();
    assertThat(Complaint.isOne("{\"msg\":\"by the way\",\"level\":\"warning\"}\n")).isFalse();
    assertThat(Complaint.isOne("")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "exec: x: no such file or directory, FAILED_PRECONDITION",
    "write: No space left on device, RESOURCE_EXHAUSTED",
    "fork: Cannot allocate memory, RESOURCE_EXHAUSTED",
    "container does not exist, NOT_FOUND",
    "cannot exec in a stopped container, FAILED_PRECONDITION",
    "something else, INTERNAL",
    "'', INTERNAL"
  })
  void kindIsWhatTheWordsTell(String words, Kind kind) {
    assertThat(Complaint.of("runc start", words).kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource({
    "error during container init: mkdir /text: not a directory, true",
    "error during container init: error mounting x to rootfs at y: mkdir /y: not a directory, false"
  })
  void aWorkingDirectoryThatIsNoneIsForTheStartToFailBy(String words, boolean unrunnable) {
    var fault = Complaint.ofCreate("runc create", words, List.of("sh"));

    assertThat(fault.kind()).isEqualTo(Kind.FAILED_PRECONDITION);
    assertThat(UnrunnableProgram.isBehind(fault)).isEqualTo(unrunnable);
  }

  @Test
  void endlessWordsAreCut() {
    assertThat(Complaint.words("x".repeat(5000))).hasSizeLessThan(2100).endsWith("…");
  }
}
