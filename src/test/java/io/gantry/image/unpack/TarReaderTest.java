package io.gantry.image.unpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.errors.RuntimeFault;
import io.gantry.image.unpack.TarEntry.Time;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TarReaderTest {
  private static List<TarEntry> entries(byte[] archive) throws IOException {
    var reader = new TarReader(new ByteArrayInputStream(archive));
    var found = new ArrayList<TarEntry>();
    for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      found.add(entry.get());
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 1", "2, 2"})
  void whatAnotherWriterWritesIsRead(int longNames, int bigNumbers) throws IOException {
    // Given: GNU and POSIX ways of long names and large numbers
    var bytes = new ByteArrayOutputStream();
    var name = "directory/".repeat(20) + "file";
    try (var tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(longNames == 1 ? 2 : 3);
      tar.setBigNumberMode(bigNumbers);
      var entry = new TarArchiveEntry(name);
      entry.setIds(3_000_000, 4_000_000_000L > 0 ? 5_000_000 : 0);
      entry.setModTime(1_600_000_000_000L);
      entry.setMode(0100640);
      entry.setSize(5);
      tar.putArchiveEntry(entry);
      tar.write("hello".getBytes(StandardCharsets.UTF_8));
      tar.closeArchiveEntry();
    }

    // When
    var found = entries(bytes.toByteArray());

    // Then
    assertThat(found).hasSize(1);
    var entry = found.getFirst();
    assertThat(entry.name()).isEqualTo(name);
    assertThat(entry.uid()).isEqualTo(3_000_000);
    assertThat(entry.gid()).isEqualTo(5_000_000);
    assertThat(entry.mode()).isEqualTo(0640);
    assertThat(entry.mtime().seconds()).isEqualTo(1_600_000_000);
    assertThat(entry.size()).isEqualTo(5);
  }

  @Test
  void theDataOfAnEntryIsItsOwn() throws IOException {
    // Given
    var tar = new TarBytes().file("a", "x".repeat(513)).add().file("b", "y").add();
    var reader = new TarReader(new ByteArrayInputStream(tar.end()));
    var buffer = new byte[1000];

    // Then
    assertThat(reader.next().orElseThrow().name()).isEqualTo("a");
    assertThat(reader.read(buffer, 100)).isEqualTo(100);
    assertThat(reader.next().orElseThrow().name()).as("the rest is skipped").isEqualTo("b");
    assertThat(reader.read(buffer, 1000)).isEqualTo(1);
    assertThat(reader.read(buffer, 1000)).isEqualTo(-1);
    assertThat(reader.next()).isEmpty();
  }

  @Test
  void timesHaveFractionsAndMayBeLongAgo() throws IOException {
    // When
    var found =
        entries(
            new TarBytes()
                .file("a", "")
                .pax("mtime", "1.5")
                .add()
                .file("b", "")
                .pax("mtime", "-1.25")
                .add()
                .file("c", "")
                .pax("mtime", "7")
                .add()
                .end());

    // Then
    assertThat(found)
        .extracting(TarEntry::mtime)
        .containsExactly(new Time(1, 500_000_000), new Time(-2, 750_000_000), new Time(7, 0));
  }

  @Test
  void attributesKeepTheirBytes() throws IOException {
    // Given
    var value = new byte[] {0, (byte) 0xff, '\n', '=', (byte) 0x80};

    // When
    var found = entries(new TarBytes().file("a", "").xattr("user.x", value).add().end());

    // Then
    assertThat(found.getFirst().xattrs().get("user.x")).isEqualTo(value);
  }

  @Test
  void headersOfTheWholeArchiveArePassedOver() throws IOException {
    // When
    var found =
        entries(
            new TarBytes()
                .entry('g', "g")
                .holding("15 path=other\n")
                .add()
                .file("a", "")
                .add()
                .end());

    // Then
    assertThat(found).extracting(TarEntry::name).containsExactly("a");
  }

  @Test
  void anArchiveMayEndWithoutItsZeros() throws IOException {
    assertThat(entries(new TarBytes().file("a", "b").add().cut())).hasSize(1);
    assertThat(entries(new byte[512])).isEmpty();
    assertThat(entries(new byte[0])).isEmpty();
  }

  static Stream<byte[]> malformed() {
    var valid = new TarBytes().file("a", "b").add().cut();
    var damaged = valid.clone();
    damaged[0] ^= 1;
    var cut = java.util.Arrays.copyOf(valid, 600);
    var odd = valid.clone();
    TarBytes.text(odd, 124, 12, "99999999999\0");
    TarBytes.sign(odd);
    var huge = new TarBytes().entry('x', "x").add().cut();
    TarBytes.number(huge, 124, 12, 2_000_000);
    TarBytes.sign(huge);
    var negative = valid.clone();
    negative[124] = (byte) 0xff;
    java.util.Arrays.fill(negative, 125, 136, (byte) 0xff);
    TarBytes.sign(negative);
    return Stream.of(
        damaged,
        cut,
        odd,
        huge,
        negative,
        new TarBytes().entry('Z', "a").add().end(),
        new TarBytes().raw(new byte[512]).file("a", "").add().end(),
        new TarBytes().entry('x', "x").holding("5 a=b\n").add().file("a", "").add().end(),
        new TarBytes().entry('x', "x").holding("99 a=b\n").add().file("a", "").add().end(),
        new TarBytes().entry('x', "x").holding("0 a=b\n").add().file("a", "").add().end(),
        new TarBytes().entry('x', "x").holding("nonsense").add().file("a", "").add().end(),
        new TarBytes().file("a", "").pax("size", "-5").add().end(),
        new TarBytes().file("a", "").pax("size", "9".repeat(30)).add().end(),
        new TarBytes().file("a", "").pax("mtime", "now").add().end(),
        new TarBytes().file("a", "ab").pax("GNU.sparse.map", "0,1,5").add().end(),
        new TarBytes()
            .file("a", "ab")
            .pax("GNU.sparse.map", "5,1,0,1")
            .pax("GNU.sparse.size", "9")
            .add()
            .end(),
        new TarBytes()
            .file("a", "ab")
            .pax("GNU.sparse.map", "0,2")
            .pax("GNU.sparse.size", "1")
            .add()
            .end(),
        new TarBytes()
            .file("a", "ab")
            .pax("GNU.sparse.map", "0,9")
            .pax("GNU.sparse.size", "100")
            .add()
            .end(),
        new TarBytes()
            .file("a", "9".repeat(1000))
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .pax("GNU.sparse.realsize", "9")
            .add()
            .end());
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void whatIsMalformedIsAFault(byte[] archive) {
    assertThatThrownBy(() -> entries(archive)).isInstanceOf(RuntimeFault.class);
  }

  /** Whatever the bytes: entries, a fault, and nothing else. */
  @Test
  void noArchiveBreaksTheReader() throws IOException {
    // Given
    var random = new Random(42);
    var seed =
        new TarBytes()
            .file("a", "content")
            .xattr("user.a", new byte[] {1})
            .add()
            .file("b", "ab")
            .pax("GNU.sparse.map", "0,1,5,1")
            .pax("GNU.sparse.size", "9")
            .add()
            .entry('S', "c")
            .holding("xy")
            .add()
            .entry('L', "l")
            .holding("long")
            .add()
            .file("d", "")
            .add()
            .end();

    for (var i = 0; i < 5000; i++) {
      var mutant = seed.clone();
      for (var changes = random.nextInt(8); changes >= 0; changes--) {
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
      }
      for (var block = 0; block + 512 <= mutant.length; block += 512) {
        if (mutant[block + 257] == 'u') {
          var header = java.util.Arrays.copyOfRange(mutant, block, block + 512);
          TarBytes.sign(header);
          System.arraycopy(header, 0, mutant, block, 512);
        }
      }

      // When
      try {
        entries(mutant);
      } catch (RuntimeFault expected) {
        // Then
        assertThat(expected.kind()).isEqualTo(RuntimeFault.Kind.FAILED_PRECONDITION);
      }
    }
  }
}
