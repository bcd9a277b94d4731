package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.client.Waiting;
import io.gantry.recovery.OnDisk;
import io.kubernetes.client.Exec;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.openapi.ApiClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Java client of the Kubernetes project against a real daemon. It asks an API server for a path
 * of a pod; here that path is replaced by the URL which the CRI gave out, as a kubelet would.
 */
@Tag("root")
class KubernetesClientIT {
  private static final int PORT = 8080;

  @TempDir(factory = OnDisk.class)
  private Path folder;

  @Test
  void aClientInJavaRunsCommandsAndForwardsPorts() throws Exception {
    try (var node = new LiveNode(folder, "crun")) {
      // When a command fails
      var failing = node.exec(false, "sh", "-c", "echo out; exit 7");
      var process =
          new Exec(client(failing)).exec("any", "pod", new String[] {"any"}, "main", false, false);

      // Then
      assertThat(process.getInputStream().readAllBytes()).asString().isEqualTo("out\n");
      assertThat(process.waitFor()).isEqualTo(7);

      // When one reads what it is told
      var echoing = node.exec(true, "head", "-n", "1");
      var echo =
          new Exec(client(echoing)).exec("any", "pod", new String[] {"any"}, "main", true, false);
      echo.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
      echo.getOutputStream().flush();

      // Then
      assertThat(echo.getInputStream().readAllBytes()).asString().isEqualTo("hello\n");
      assertThat(echo.waitFor()).isZero();

      // When a port is asked for
      var serving =
          new Exec(
                  client(
                      node.exec(false, "nc", "-l", "-p", "" + PORT, "-e", "echo", "from the pod")))
              .exec("any", "pod", new String[] {"any"}, "main", false, false);
      assertThat(Waiting.until(LiveNode.PATIENCE, () -> LiveNode.running("nc") > 0)).isTrue();
      var forward =
          new PortForward(client(node.forward(PORT))).forward("any", "pod", List.of(PORT));

      // Then
      assertThat(forward.getInputStream(PORT).readNBytes(13))
          .asString()
          .isEqualTo("from the pod\n");
      assertThat(serving.waitFor()).isZero();
    }
  }

  /** A client whose every request goes to {@code url}. */
  static ApiClient client(URI url) {
    var target = HttpUrl.get(url);
    var http =
        new OkHttpClient.Builder()
            .addInterceptor(
                chain ->
                    chain.proceed(chain.request().newBuilder().url(String.valueOf(target)).build()))
            .build();
    return new ApiClient(http).setBasePath("http://" + url.getAuthority());
  }
}
