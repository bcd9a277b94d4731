package io.gantry.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A document of this repository.
 *
 * @param file its path, from the root of the repository
 * @param text all of it
 */
public record Markdown(Path file, String text) {
  private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\| `([^`]+)` +\\|");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)[^)]*\\)");

  public static Markdown read(String file) {
    return read(Path.of(file));
  }

  /** Every document: at the top and below docs/. */
  static List<Markdown> all() {
    try (var top = Files.list(Path.of(""));
        var docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(top, docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .map(Markdown::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Markdown read(Path file) {
    try {
      return new Markdown(file, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first cells of all table rows that begin with something in code quotes. */
  public List<String> namesInTables() {
    return FIRST_CELL.matcher(text).results().map(found -> found.group(1)).toList();
  }

  /** The first code block after a heading, without its fences. */
  public List<String> blockUnder(String heading) {
    var at = text.indexOf("\n" + heading + "\n");
    if (at < 0) {
      throw new IllegalArgumentException(file + " has no heading '" + heading + "'");
    }
    var begin = text.indexOf("\n", text.indexOf("```", at)) + 1;
    return text.substring(begin, text.indexOf("```", begin)).lines().toList();
  }

  /** The paths that it links to, seen from the root of the repository; links to elsewhere not. */
  List<Path> links() {
    var folder = file.getParent() == null ? Path.of("") : file.getParent();
    return LINK.matcher(text)
        .results()
        .map(found -> found.group(1))
        .filter(target -> !target.contains("://"))
        .map(target -> folder.resolve(target).normalize())
        .toList();
  }
}
