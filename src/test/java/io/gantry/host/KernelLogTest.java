package io.gantry.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelLogTest {
  private static final String LOG =
      """
      <6>[  812.1] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=gantry-c1.scope,mems_allowed=0,oom_memcg=/kubepods.slice/gantry-c1.scope,task_memcg=/kubepods.slice/gantry-c1.scope,task=sh,pid=7,uid=0
      <3>[  812.2] Memory cgroup out of memory: Killed process 7 (sh) total-vm:4000kB
      <6>[  813.1] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/outer/pods/c2,task_memcg=/outer/pods/c2/nested,task=a,task_memcg=/b,pid=8,uid=0
      <6>[  814.1] a driver says task_memcg=/kubepods.slice/gantry-c9.scope
      """;

  @Test
  void processOfTheGroupOrBelowItWasKilled() {
    assertThat(KernelLog.killedForMemory(LOG, "/kubepods.slice/gantry-c1.scope")).isTrue();
    assertThat(KernelLog.killedForMemory(LOG, "/pods/c2")).as("nested, seen from within").isTrue();
  }

  @Test
  void otherGroupsAndWhatAProcessCallsItselfDoNotCount() {
    assertThat(KernelLog.killedForMemory(LOG, "/kubepods.slice/gantry-c.scope")).isFalse();
    assertThat(KernelLog.killedForMemory(LOG, "/pods/c")).isFalse();
    assertThat(KernelLog.killedForMemory(LOG, "/b")).isFalse();
    assertThat(KernelLog.killedForMemory(LOG, "/kubepods.slice/gantry-c9.scope")).isFalse();
    assertThat(KernelLog.killedForMemory("", "/pods/c2")).isFalse();
  }
}
