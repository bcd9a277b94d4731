package io.gantry.image.unpack;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * Writes archives by hand, so that anything can be written, however wrong. Each entry is described
 * by what comes before {@link Entry#add}.
 */
public final class TarBytes {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** One entry. */
  public final class Entry {
    private final char type;
    private final String name;
    private final Map<String, byte[]> pax = new LinkedHashMap<>();
    private String link = "";
    private int mode = 0644;
    private long uid;
    private long gid;
    private long mtime = 1_000_000_000;
    private int major;
    private int minor;
    private byte[] content = {};

    private Entry(char type, String name) {
      this.type = type;
      this.name = name;
    }

    public Entry to(String target) {
      link = target;
      return this;
    }

    public Entry mode(int bits) {
      mode = bits;
      return this;
    }

    public Entry owner(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    public Entry at(long seconds) {
      mtime = seconds;
      return this;
    }

    public Entry device(int majorNumber, int minorNumber) {
      major = majorNumber;
      minor = minorNumber;
      return this;
    }

    public Entry holding(byte[] bytes) {
      content = bytes.clone();
      return this;
    }

    public Entry holding(String text) {
      return holding(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A record of a pax extended header. */
    public Entry pax(String key, byte[] value) {
      pax.put(key, value.clone());
      return this;
    }

    public Entry pax(String key, String value) {
      return pax(key, value.getBytes(StandardCharsets.UTF_8));
    }

    public Entry xattr(String attribute, byte[] value) {
      return pax("SCHILY.xattr." + attribute, value);
    }

    public TarBytes add() {
      if (!pax.isEmpty()) {
        var records = records(pax);
        header('x', "pax", "", 0644, 0, 0, records.length, 0, 0, 0);
        data(records);
      }
      header(type, name, link, mode, uid, gid, content.length, mtime, major, minor);
      data(content);
      return TarBytes.this;
    }
  }

  public Entry entry(char type, String name) {
    return new Entry(type, name);
  }

  public Entry file(String name, String text) {
    return entry('0', name).holding(text);
  }

  public Entry directory(String name) {
    return entry('5', name).mode(0755);
  }

  public Entry symlink(String name, String target) {
    return entry('2', name).mode(0777).to(target);
  }

  public Entry hardlink(String name, String target) {
    return entry('1', name).to(target);
  }

  /** Bytes as they are, filled up to a whole block. */
  public TarBytes raw(byte[] bytes) {
    data(bytes);
    return this;
  }

  /** The archive so far, with its two blocks of zeros. */
  public byte[] end() {
    var whole = new ByteArrayOutputStream();
    whole.writeBytes(out.toByteArray());
    whole.writeBytes(new byte[2 * BLOCK]);
    return whole.toByteArray();
  }

  /** The archive so far, and nothing after it. */
  public byte[] cut() {
    return out.toByteArray();
  }

  public static byte[] gzip(byte[] plain) {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain);
    } catch (java.io.IOException impossible) {
      throw new AssertionError(impossible);
    }
    return bytes.toByteArray();
  }

  private void data(byte[] bytes) {
    out.writeBytes(bytes);
    out.writeBytes(new byte[-bytes.length & (BLOCK - 1)]);
  }

  private static byte[] records(Map<String, byte[]> pax) {
    var records = new ByteArrayOutputStream();
    pax.forEach(
        (key, value) -> {
          var rest = 1 + key.length() + 1 + value.length + 1;
          var length = rest + String.valueOf(rest).length();
          length = rest + String.valueOf(length).length();
          records.writeBytes((length + " " + key + "=").getBytes(StandardCharsets.ISO_8859_1));
          records.writeBytes(value);
          records.write('\n');
        });
    return records.toByteArray();
  }

  private void header(
      char type,
      String name,
      String link,
      int mode,
      long uid,
      long gid,
      long size,
      long mtime,
      int major,
      int minor) {
    var block = new byte[BLOCK];
    text(block, 0, 100, name);
    number(block, 100, 8, mode);
    number(block, 108, 8, uid);
    number(block, 116, 8, gid);
    number(block, 124, 12, size);
    number(block, 136, 12, mtime);
    block[156] = (byte) type;
    text(block, 157, 100, link);
    text(block, 257, 6, "ustar\0");
    text(block, 263, 2, "00");
    number(block, 329, 8, major);
    number(block, 337, 8, minor);
    sign(block);
    out.writeBytes(block);
  }

  /** Puts the check sum into a header. */
  static void sign(byte[] block) {
    text(block, 148, 8, "        ");
    var sum = 0;
    for (var value : block) {
      sum += value & 0xff;
    }
    number(block, 148, 7, sum);
  }

  static void number(byte[] block, int at, int length, long value) {
    text(block, at, length, String.format("%0" + (length - 1) + "o", value) + "\0");
  }

  static void text(byte[] block, int at, int length, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > length) {
      throw new IllegalArgumentException(text + " is longer than " + length);
    }
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
