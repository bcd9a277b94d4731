package io.gantry;

import io.gantry.app.Daemon;

/** Where the process begins. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(Daemon.run(arguments));
  }
}
