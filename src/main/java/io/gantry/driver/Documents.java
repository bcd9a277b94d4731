package io.gantry.driver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** JSON files, which appear complete or not at all. For threads that may block. */
public final class Documents {
  public static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private Documents() {}

  public static Buffer bytes(Object document) {
    try {
      return Buffer.buffer(JSON.writeValueAsBytes(document));
    } catch (JsonProcessingException impossible) { // records of ours are all that comes here
      throw new IllegalStateException(impossible);
    }
  }

  public static void write(Path file, Object document) throws IOException {
    var half = file.resolveSibling(file.getFileName() + ".half");
    Files.write(half, JSON.writeValueAsBytes(document));
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
