package io.gantry.host;

import io.gantry.host.FileCalls.Status;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/** An open directory, read entry by entry; names are bytes that only the kernel need understand. */
final class DirectoryEntries implements AutoCloseable {
  /** An entry; its name is valid until the next one is read. */
  final class Entry {
    private final MemorySegment name;
    private final boolean hasType;

    private Entry(MemorySegment name, boolean hasType) {
      this.name = name;
      this.hasType = hasType;
    }

    /** Whether the directory itself says what kind of file this is. */
    boolean hasType() {
      return hasType;
    }

    Status status() throws SyscallFailure {
      return FileCalls.status(descriptor, name);
    }

    /** The file of this name as a place, to be closed; of a link, the link. EXDEV for a mount. */
    int place() throws SyscallFailure {
      return FileCalls.placeBelow(descriptor, name);
    }

    /** The directory of this name; the failure is ELOOP for a link, EXDEV for a mount. */
    DirectoryEntries open() throws SyscallFailure {
      return new DirectoryEntries(FileCalls.openBelow(descriptor, name));
    }
  }

  private final int descriptor;
  private final MemorySegment stream;

  private DirectoryEntries(int descriptor) throws SyscallFailure {
    this.descriptor = descriptor;
    this.stream = FileCalls.stream(descriptor);
  }

  static DirectoryEntries of(Path directory) throws SyscallFailure {
    return new DirectoryEntries(Descriptors.open(directory, FileCalls.O_DIRECTORY));
  }

  /** Empty at the end. */
  Optional<Entry> next() {
    while (true) {
      var entry = FileCalls.next(stream);
      if (entry.isEmpty()) {
        return Optional.empty();
      }
      var name = FileCalls.name(entry.get());
      if (!isDots(name)) {
        return Optional.of(new Entry(name, FileCalls.hasType(entry.get())));
      }
    }
  }

  private static boolean isDots(MemorySegment name) {
    var text = name.getString(0, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.equals(".") || text.equals("..");
  }

  Status status() throws SyscallFailure {
    return FileCalls.status(descriptor);
  }

  @Override
  public void close() {
    FileCalls.close(stream);
  }
}
