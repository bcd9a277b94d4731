package io.gantry.host;

import java.util.Locale;

/** The error numbers that this package tells apart; the same on x86-64 and arm64. */
final class Errno {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int E2BIG = 7;
  static final int ENOEXEC = 8;
  static final int ECHILD = 10;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int EEXIST = 17;
  static final int EXDEV = 18;
  static final int ENOTDIR = 20;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ETXTBSY = 26;
  static final int ENOSPC = 28;
  static final int EROFS = 30;
  static final int EPIPE = 32;
  static final int ENAMETOOLONG = 36;
  static final int ENOSYS = 38;
  static final int ELOOP = 40;
  static final int ENODATA = 61;
  static final int EOPNOTSUPP = 95;
  static final int EAFNOSUPPORT = 97;
  static final int ECONNRESET = 104;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;
  static final int EINPROGRESS = 115;
  static final int EDQUOT = 122;

  private Errno() {}

  /** The C library's words for it, as our messages are written. */
  static String said(int errno) {
    return Libc.strerror(errno).toLowerCase(Locale.ROOT);
  }
}
