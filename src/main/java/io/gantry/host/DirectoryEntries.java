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

    private Entry(MemorySegment name) {
      this.name = name;
    }

    Status status() throws SyscallFailure {
      return FileCalls.status(descriptor, name);
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
      var name = FileCalls.next(stream);
      if (name.isEmpty()) {
        return Optional.empty();
      }
      if (!isDots(name.get())) {
        return name.map(Entry::new);
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
