package io.gantry.streaming;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/**
 * The sizes that a client's terminal takes on: flat JSON objects, one after the other, in pieces of
 * any length. What is none is passed over.
 */
final class Resizes {
  private static final int CHARS_MAX = 1024;
  private static final int SIZE_MAX = 65_535;

  private final BiConsumer<Integer, Integer> told;
  private final StringBuilder unread = new StringBuilder();

  /**
   * @param told is given a width and a height
   */
  Resizes(BiConsumer<Integer, Integer> told) {
    this.told = told;
  }

  void arrived(Buffer data) {
    for (var character : data.toString(StandardCharsets.ISO_8859_1).toCharArray()) {
      unread.append(character);
      if (character == '}') {
        read(unread.toString());
        unread.setLength(0);
      } else if (unread.length() > CHARS_MAX) {
        unread.setLength(0);
      }
    }
  }

  private void read(String text) {
    try {
      var size = new JsonObject(text);
      var width = size.getValue("Width");
      var height = size.getValue("Height");
      if (width instanceof Integer columns && height instanceof Integer rows) {
        if (fits(columns) && fits(rows)) {
          told.accept(columns, rows);
        }
      }
    } catch (DecodeException _) {
      // Not a size: a terminal can do without it.
    }
  }

  private static boolean fits(int size) {
    return size >= 0 && size <= SIZE_MAX;
  }
}
