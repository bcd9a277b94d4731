package io.gantry.cri;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;

/**
 * Messages of the CRI as JSON, written as the Go runtimes write theirs into a verbose status, which
 * is what scripts around {@code crictl inspect} read: fields by their names in the protocol, enums
 * by number, nothing for what has its default.
 */
final class MessageJson {
  private MessageJson() {}

  static JsonObject of(Message message) {
    var json = new JsonObject();
    message.getAllFields().forEach((field, value) -> json.put(field.getName(), of(field, value)));
    return json;
  }

  private static Object of(FieldDescriptor field, Object value) {
    if (field.isMapField()) {
      return map((Collection<?>) value);
    }
    if (field.isRepeated()) {
      var array = new JsonArray();
      ((Collection<?>) value).forEach(item -> array.add(of(item)));
      return array;
    }
    return of(value);
  }

  private static JsonObject map(Collection<?> entries) {
    var json = new JsonObject();
    for (var entry : entries) {
      var pair = (MapEntry<?, ?>) entry;
      json.put(String.valueOf(pair.getKey()), of(pair.getValue()));
    }
    return json;
  }

  private static Object of(Object value) {
    return switch (value) {
      case Message message -> of(message);
      case EnumValueDescriptor word -> word.getNumber();
      case ByteString bytes -> bytes.toStringUtf8();
      default -> value;
    };
  }
}
