package io.gantry.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.gantry.call.StepName;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/flows names every step that the code has, and no other. */
class FlowsTest {
  @Test
  void everyStepStandsInOneFlow() throws URISyntaxException {
    // Given
    var steps = stepsInTheCode();

    // When
    var listed =
        Markdown.all().stream()
            .filter(document -> document.file().startsWith("docs/flows"))
            .flatMap(document -> document.namesInTables().stream())
            .filter(name -> name.contains("/"))
            .toList();

    // Then
    assertThat(listed).containsExactlyInAnyOrderElementsOf(steps);
  }

  private static List<String> stepsInTheCode() throws URISyntaxException {
    var classes =
        Path.of(StepName.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return new ClassFileImporter()
            .withImportOption(location -> !location.contains("/io/gantry/cri/proto/"))
            .importPath(classes.resolve("io/gantry"))
            .stream()
            .filter(type -> type.isEnum() && type.isAssignableTo(StepName.class))
            .map(JavaClass::reflect)
            .flatMap(type -> Stream.of(type.getEnumConstants()))
            .map(step -> ((StepName) step).id())
            .toList();
  }
}
