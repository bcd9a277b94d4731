package io.gantry.host;

import io.gantry.errors.RuntimeFault;
import io.gantry.errors.RuntimeFault.Kind;
import java.io.IOException;

/** A system call that the kernel refused. */
final class SyscallFailure extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  SyscallFailure(String what, int errno) {
    super(what + ": " + Errno.said(errno));
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  boolean is(int other) {
    return errno == other;
  }

  /** What the refusal means to a caller who asked for something sensible. */
  RuntimeFault fault() {
    return new RuntimeFault(kind(), String.valueOf(getMessage()), this);
  }

  private Kind kind() {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENOTDIR, Errno.ESRCH -> Kind.NOT_FOUND;
      case Errno.EEXIST -> Kind.ALREADY_EXISTS;
      case Errno.EPERM, Errno.EACCES, Errno.EROFS, Errno.ELOOP -> Kind.FAILED_PRECONDITION;
      case Errno.EINVAL, Errno.ENAMETOOLONG, Errno.E2BIG -> Kind.INVALID_ARGUMENT;
      case Errno.ENOSPC, Errno.EDQUOT, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EAGAIN ->
          Kind.RESOURCE_EXHAUSTED;
      case Errno.EBUSY, Errno.ETXTBSY, Errno.ECONNREFUSED, Errno.ECONNRESET, Errno.ETIMEDOUT ->
          Kind.UNAVAILABLE;
      default -> Kind.INTERNAL;
    };
  }
}
