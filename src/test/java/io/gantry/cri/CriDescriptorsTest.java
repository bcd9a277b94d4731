package io.gantry.cri;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import io.gantry.cri.proto.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Our api.proto against the descriptors of the Go module k8s.io/cri-api, which {@code
 * src/test/conformance/build-descriptors.sh} writes to target/.
 */
@Tag("go")
class CriDescriptorsTest {
  private static final Path THEIRS = Path.of("target", "cri-descriptors.binpb");

  @Test
  void namesNumbersAndTypesAreThoseOfTheContract() throws IOException {
    // Given
    var theirs = facts(theirFile());

    // When
    var ours = facts(Api.getDescriptor().toProto());

    // Then
    assertThat(ours).containsExactlyElementsOf(theirs);
    assertThat(ours).filteredOn(fact -> fact.startsWith("rpc ")).hasSize(43);
  }

  private static FileDescriptorProto theirFile() throws IOException {
    return FileDescriptorSet.parseFrom(Files.readAllBytes(THEIRS)).getFileList().stream()
        .filter(file -> file.getPackage().equals("runtime.v1"))
        .findFirst()
        .orElseThrow();
  }

  private static Set<String> facts(FileDescriptorProto file) {
    var facts = new TreeSet<String>();
    file.getMessageTypeList().forEach(message -> describe("", message, facts));
    describeEnums("", file.getEnumTypeList(), facts);
    for (var service : file.getServiceList()) {
      for (var method : service.getMethodList()) {
        facts.add(
            "rpc %s.%s %s%s -> %s%s"
                .formatted(
                    service.getName(),
                    method.getName(),
                    method.getClientStreaming() ? "stream " : "",
                    method.getInputType(),
                    method.getServerStreaming() ? "stream " : "",
                    method.getOutputType()));
      }
    }
    return facts;
  }

  private static void describe(String scope, DescriptorProto message, Set<String> facts) {
    var name = scope + message.getName();
    facts.add("message " + name);
    for (var field : message.getFieldList()) {
      facts.add("field " + name + "." + told(field));
    }
    message.getNestedTypeList().forEach(nested -> describe(name + ".", nested, facts));
    describeEnums(name + ".", message.getEnumTypeList(), facts);
  }

  private static String told(FieldDescriptorProto field) {
    return "%s = %d %s %s %s"
        .formatted(
            field.getName(),
            field.getNumber(),
            field.getLabel(),
            field.getType(),
            field.getTypeName());
  }

  private static void describeEnums(
      String scope, List<EnumDescriptorProto> enums, Set<String> facts) {
    for (var type : enums) {
      for (var value : type.getValueList()) {
        facts.add(
            "value %s%s.%s = %d"
                .formatted(scope, type.getName(), value.getName(), value.getNumber()));
      }
    }
  }
}
