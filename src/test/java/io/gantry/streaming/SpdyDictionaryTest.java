package io.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class SpdyDictionaryTest {
  @Test
  void itIsTheOneThatItsChecksumNames() throws DataFormatException {
    // Given nothing, compressed with the dictionary of that checksum
    var inflater = new Inflater();
    inflater.setInput(
        Buffer.buffer().appendShort((short) 0x7820).appendInt(SpdyDictionary.ADLER32).getBytes());
    inflater.inflate(new byte[1]);
    assertThat(inflater.needsDictionary()).isTrue();

    // Then it is accepted
    SpdyDictionary.prime(inflater);
    inflater.end();
  }
}
