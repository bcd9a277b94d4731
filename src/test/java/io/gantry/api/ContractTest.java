package io.gantry.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract that is published is the one that is served. */
class ContractTest {
  @TempDir private static Path cache;

  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setFileSystemOptions(
                  new FileSystemOptions()
                      .setClassPathResolvingEnabled(true)
                      .setFileCacheDir(cache.resolve("vertx").toString())));
  private final Contract contract = Contract.read();

  @AfterEach
  void close() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void whatIsLoadedHasTheOperationsOfWhatIsPublished() throws Exception {
    // When
    var loaded = OpenAPIContract.from(vertx, contract.validationView()).await(20, TimeUnit.SECONDS);

    // Then
    assertThat(loaded.operations())
        .extracting(Operation::getOperationId)
        .doesNotContain("importImages") // reads its body itself
        .containsExactlyInAnyOrderElementsOf(
            contract.operations().stream().filter(it -> !it.equals("importImages")).toList());
  }

  @Test
  void eachOperationNamesARoleAndTellsProblems() {
    for (var path : contract.document().getJsonObject("paths")) {
      for (var member : (JsonObject) path.getValue()) {
        if (member.getValue() instanceof JsonObject operation) {
          var id = operation.getString("operationId");
          assertThat(operation.getString("x-role")).as(id).isIn(Set.of("view", "operate", "admin"));
          assertThat(operation.getJsonObject("responses").containsKey("default")).as(id).isTrue();
        }
      }
    }
  }

  @Test
  void thePageHasEveryOperationAndNothingOfOtherHosts() {
    // When
    var page = DocsPage.of(contract);

    // Then
    assertThat(contract.operations())
        .allSatisfy(it -> assertThat(page).contains("<h3 id=\"" + it + "\">"));
    assertThat(page).doesNotContain("<script", "src=", "@import", "href=\"http");
  }
}
