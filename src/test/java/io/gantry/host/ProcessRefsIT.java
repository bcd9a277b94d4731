package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessRefsIT extends OnLinux {

  @Test
  void endOfAnyProcessIsTold() {
    // Given: a process that is no child of ours
    var orphan = orphan();
    assertThat(Answers.of(processes.alive(orphan))).isTrue();
    var ended = processes.ended(orphan);
    assertThat(ended.isComplete()).isFalse();

    // When
    Answers.of(processes.signal(orphan, 9));

    // Then
    Answers.of(ended);
    assertThat(Answers.of(processes.alive(orphan))).isFalse();
    Answers.of(processes.ended(orphan));
    Answers.of(processes.signal(orphan, 9));
  }

  @Test
  void laterProcessOfTheSamePidIsNotMistaken() {
    // Given
    var orphan = orphan();
    var earlier = new ProcessRef(orphan.pid(), orphan.startTicks() - 1);

    // When
    Answers.of(processes.signal(earlier, 9));

    // Then
    assertThat(Answers.of(processes.alive(earlier))).isFalse();
    Answers.of(processes.ended(earlier));
    assertThat(Answers.of(processes.alive(orphan))).isTrue();
    Answers.of(processes.signal(orphan, 9));
  }

  @Test
  void descendantsAreFoundInAllGenerations() {
    // Given
    var child = Answers.of(processes.spawn(shell("sh -c 'sleep 30 & wait' & sleep 31 & wait")));
    awaitUntil(() -> Answers.of(processes.descendants(child.ref())).size() == 3);

    // When
    var family = Answers.of(processes.descendants(child.ref()));

    // Then
    for (var member : family) {
      assertThat(Answers.of(processes.find(member.pid()))).contains(member);
      Answers.of(processes.signal(member, 9));
    }
    assertThat(Answers.of(child.exit())).isZero();
  }

  @Test
  void nobodyIsFoundUnderAFreePid() {
    assertThat(Answers.of(processes.find(1 << 30))).isEmpty();
  }

  /** Started by a shell that ends at once. */
  private static ProcessRef orphan() {
    var pid = stdout("sleep 30 >/dev/null 2>&1 & echo $!");
    return Answers.of(processes.find(Integer.parseInt(pid))).orElseThrow();
  }
}
