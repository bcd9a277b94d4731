package io.gantry.streaming;

import java.nio.charset.StandardCharsets;
import java.util.zip.Inflater;

/**
 * The text that both ends of SPDY/3 prime their compressors with (SPDY protocol draft 3, section
 * 2.6.10.1): words, each with its length before it, and then phrases.
 */
final class SpdyDictionary {
  /** The checksum by which a compressed block names this dictionary. */
  static final int ADLER32 = 0xe3c6a7c2;

  private static final String WORDS =
      "options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|"
          + "accept-language|accept-ranges|age|allow|authorization|cache-control|connection|"
          + "content-base|content-encoding|content-language|content-length|content-location|"
          + "content-md5|content-range|content-type|date|etag|expect|expires|from|host|if-match|"
          + "if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|location|"
          + "max-forwards|pragma|proxy-authenticate|proxy-authorization|range|referer|"
          + "retry-after|server|te|trailer|transfer-encoding|upgrade|user-agent|vary|via|warning|"
          + "www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|"
          + "keep-alive|origin";

  private static final String PHRASES =
      "100101201202205206300302303304305306307402405406407408409410411412413414415416417502"
          + "504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Re"
          + "quest401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Impl"
          + "emented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00"
          + ":00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,imag"
          + "e/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivate"
          + "max-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

  private static final byte[] BYTES = bytes();

  private SpdyDictionary() {}

  /** Gives the dictionary to a decompressor that asked for it. */
  static void prime(Inflater inflater) {
    inflater.setDictionary(BYTES);
  }

  private static byte[] bytes() {
    var text = new StringBuilder();
    for (var word : WORDS.split("\\|", -1)) {
      text.append("\0\0\0").append((char) word.length()).append(word);
    }
    return text.append(PHRASES).toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
