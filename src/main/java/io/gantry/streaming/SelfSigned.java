package io.gantry.streaming;

import io.netty.util.NetUtil;
import io.vertx.core.buffer.Buffer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A certificate that signs itself, with its key, in PEM: for a server that is to be encrypted and
 * whose clients do not ask who it is. The JDK reads certificates and writes none, so this writes
 * the DER of RFC 5280, section 4.1.
 */
public record SelfSigned(Buffer certificate, Buffer key) {
  private static final Duration LIFE = Duration.ofDays(3650);
  private static final Duration CLOCKS_MAY_DIFFER = Duration.ofHours(1);

  /** The end of the years that are written with two digits. */
  private static final int LONG_YEARS = 2050;

  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT = 0x06;
  private static final int UTF8 = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int LONG_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final int NAME_DNS = 0x82;
  private static final int NAME_ADDRESS = 0x87;

  private static final byte[] ECDSA_SHA256 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x04, 0x03, 0x02
  };
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};
  private static final byte[] ALTERNATIVE_NAMES = {0x55, 0x1d, 0x11};

  /** Makes one for a host, by name or address, and for the loopback. Takes milliseconds. */
  public static SelfSigned forHost(String host, Clock clock) throws GeneralSecurityException {
    var random = new SecureRandom();
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    var keys = generator.generateKeyPair();
    var algorithm = der(SEQUENCE, der(OBJECT, ECDSA_SHA256));
    var name =
        der(
            SEQUENCE,
            der(SET, der(SEQUENCE, der(OBJECT, COMMON_NAME), der(UTF8, utf8("gantry streaming")))));
    var begun = clock.instant().minus(CLOCKS_MAY_DIFFER);
    var body =
        der(
            SEQUENCE,
            der(VERSION, der(INTEGER, new byte[] {2})),
            der(INTEGER, new BigInteger(120, random).add(BigInteger.ONE).toByteArray()),
            algorithm,
            name,
            der(SEQUENCE, time(begun), time(begun.plus(LIFE))),
            name,
            keys.getPublic().getEncoded(),
            der(EXTENSIONS, der(SEQUENCE, names(host))));
    var signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate(), random);
    signature.update(body);
    var signed = new byte[][] {{0}, signature.sign()};
    var whole = der(SEQUENCE, body, algorithm, der(BIT_STRING, signed));
    return new SelfSigned(
        pem("CERTIFICATE", whole), pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
  }

  private static byte[] names(String host) {
    var list =
        List.of(host, "localhost", "127.0.0.1", "::1").stream()
            .distinct()
            .map(SelfSigned::name)
            .toArray(byte[][]::new);
    return der(SEQUENCE, der(OBJECT, ALTERNATIVE_NAMES), der(OCTET_STRING, der(SEQUENCE, list)));
  }

  private static byte[] name(String host) {
    var address = NetUtil.createByteArrayFromIpAddressString(host);
    return address == null ? der(NAME_DNS, utf8(host)) : der(NAME_ADDRESS, address);
  }

  private static byte[] time(Instant instant) {
    var utc = instant.atOffset(ZoneOffset.UTC);
    var isLong = utc.getYear() >= LONG_YEARS;
    var form =
        DateTimeFormatter.ofPattern(isLong ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'", Locale.ROOT);
    return der(isLong ? LONG_TIME : UTC_TIME, utf8(form.format(utc)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A tag, the length of the contents, and the contents. */
  private static byte[] der(int tag, byte[]... contents) {
    var content = Buffer.buffer();
    for (var part : contents) {
      content.appendBytes(part);
    }
    var length = content.length();
    var whole = Buffer.buffer().appendByte((byte) tag);
    if (length < 0x80) {
      whole.appendByte((byte) length);
    } else if (length < 0x100) {
      whole.appendByte((byte) 0x81).appendByte((byte) length);
    } else {
      whole.appendByte((byte) 0x82).appendShort((short) length);
    }
    return whole.appendBuffer(content).getBytes();
  }

  private static Buffer pem(String what, byte[] der) {
    var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Buffer.buffer(
        "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }
}
