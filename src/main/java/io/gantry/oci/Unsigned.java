package io.gantry.oci;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.math.BigInteger;

/**
 * The 64 bits of a long as a number without a sign, which the OCI's documents have and Java not.
 */
final class Unsigned {
  private Unsigned() {}

  static final class Writer extends StdSerializer<Long> {
    private static final long serialVersionUID = 1;

    Writer() {
      super(Long.class);
    }

    @Override
    public void serialize(Long value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeNumber(new BigInteger(Long.toUnsignedString(value)));
    }
  }

  /** Takes -1 too, as an earlier version wrote it. */
  static final class Reader extends StdDeserializer<Long> {
    private static final long serialVersionUID = 1;

    Reader() {
      super(Long.class);
    }

    @Override
    public Long deserialize(JsonParser json, DeserializationContext context) throws IOException {
      return json.getBigIntegerValue().longValue();
    }
  }
}
