package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.errors.RuntimeFault;
import org.junit.jupiter.api.Test;

class StatusMessageTest {
  @Test
  void zeroIsASuccessAndNoWords() {
    assertThat(StatusMessage.exited(0).json())
        .isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
    assertThat(StatusMessage.exited(0).text()).isEmpty();
  }

  @Test
  void anotherExitCodeIsACause() {
    assertThat(StatusMessage.exited(7).json())
        .isEqualTo(
            "{\"metadata\":{},\"status\":\"Failure\","
                + "\"message\":\"command terminated with exit code 7\","
                + "\"reason\":\"NonZeroExitCode\","
                + "\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"7\"}]}}");
    assertThat(StatusMessage.exited(7).text()).isEqualTo("command terminated with exit code 7");
  }

  @Test
  void anExitCodeIsAByte() {
    assertThat(StatusMessage.exited(-1).json()).contains("\"message\":\"255\"");
    assertThat(StatusMessage.exited(256).json()).contains("\"message\":\"255\"");
  }

  @Test
  void aFaultIsTold() {
    // When
    var message = StatusMessage.failed(RuntimeFault.notFound("container: \"x\" is not here"));

    // Then
    assertThat(message.text()).isEqualTo("container: \"x\" is not here");
    assertThat(message.json())
        .isEqualTo(
            "{\"metadata\":{},\"status\":\"Failure\","
                + "\"message\":\"Internal error occurred: container: \\\"x\\\" is not here\","
                + "\"reason\":\"InternalError\","
                + "\"details\":{\"causes\":[{\"message\":\"container: \\\"x\\\" is not here\"}]},"
                + "\"code\":500}");
  }
}
