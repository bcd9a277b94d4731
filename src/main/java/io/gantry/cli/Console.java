package io.gantry.cli;

import java.io.PrintWriter;
import java.util.List;

/** Where a command writes: tables, and colour if it is a terminal. */
final class Console {
  private final PrintWriter out;
  private final boolean colour;

  Console(PrintWriter out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  PrintWriter out() {
    return out;
  }

  boolean terminal() {
    return colour;
  }

  void line(String text) {
    out.println(text);
    out.flush();
  }

  String bold(String text) {
    return colour ? "\033[1m" + text + "\033[0m" : text;
  }

  String red(String text) {
    return colour ? "\033[31m" + text + "\033[0m" : text;
  }

  /** Columns as wide as their widest cell; the last one is not padded. */
  void table(List<String> head, List<List<String>> rows) {
    var widths = new int[head.size()];
    widen(widths, head);
    rows.forEach(row -> widen(widths, row));
    out.println(bold(padded(widths, head)));
    rows.forEach(row -> out.println(padded(widths, row)));
    out.flush();
  }

  private static void widen(int[] widths, List<String> row) {
    for (var column = 0; column < row.size(); column++) {
      widths[column] = Math.max(widths[column], row.get(column).length());
    }
  }

  private static String padded(int[] widths, List<String> row) {
    var text = new StringBuilder();
    for (var column = 0; column < row.size(); column++) {
      text.append(row.get(column));
      if (column < row.size() - 1) {
        text.append(" ".repeat(widths[column] - row.get(column).length() + 2));
      }
    }
    return text.toString();
  }
}
