package io.gantry.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import ch.qos.logback.classic.spi.Configurator;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.MethodCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.gantry.errors.RuntimeFault;
import io.vertx.core.Verticle;
import io.vertx.core.VerticleBase;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The rules of docs/style.md that can be read off the compiled classes. */
class ArchitectureTest {
  private static final String GENERATED = "io.gantry.*.proto..";
  private static final Pattern PROTO_FILES = Pattern.compile(".*/io/gantry/[a-z]+/proto/.*");
  private static final JavaClasses MAIN = classesBeside(RuntimeFault.class);

  @Test
  void everyPackageSeesOnlyPackagesAboveItsLine() {
    check(classes().should(lookUp()));
  }

  @Test
  void noPackageIsNamedAfterNothing() {
    check(
        noClasses()
            .should()
            .resideInAnyPackage(
                "..impl..",
                "..internal..",
                "..util..",
                "..utils..",
                "..common..",
                "..core..",
                "..model..",
                "..manager..",
                "..helper.."));
  }

  @Test
  void noClassIsNamedAfterNothing() {
    check(
        noClasses()
            .should()
            .haveNameMatching(".*(Impl|Manager|Helper|Utils?)$")
            .because("an implementation is named by how it does it"));
  }

  @Test
  void onlyWhoSpeaksAWireSeesGeneratedCode() {
    check(
        noClasses()
            .that(resideOutside("io.gantry.cri.."))
            .and(resideOutside("io.gantry.ttrpc.."))
            .and(resideOutside("io.gantry.shim.."))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(GENERATED, "com.google.protobuf.."));
  }

  @Test
  void onlyTheApiSeesVertxWeb() {
    check(
        noClasses()
            .that(resideOutside("io.gantry.api.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.ext.web.."));
  }

  @Test
  void onlyTheHostMakesSyscalls() {
    check(
        noClasses()
            .that(resideOutside("io.gantry.host.."))
            .and(resideOutside("io.gantry.image.unpack..")) // argued in its package-info
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign.."));
  }

  @Test
  void nobodyStartsProcessesPastTheHost() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class)
            .orShould()
            .callMethodWhere(target(Runtime.class, "exec"))
            .because("a child of ours gets the descriptors and the signal mask that we choose"));
  }

  @Test
  void nobodyReadsTheWallClockPastTheClock() {
    check(
        noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethodWhere(nowWithoutAClock())
            .because("a java.time.Clock is given to whoever needs the time"));
  }

  @Test
  void thereIsOneWordForWhatIsToCome() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .areAssignableTo(CompletableFuture.class)
            .orShould()
            .callMethodWhere(target(Thread.class, "sleep"))
            .orShould()
            .callMethodWhere(target(io.vertx.core.Future.class, "await"))
            .because("everything to come is an io.vertx.core.Future, and nobody waits for it"));
  }

  @Test
  void publicTypesAreMessagesPortsVerticlesAndFactories() {
    check(
        classes()
            .that(areTopLevelAndPublic())
            .and(resideOutside("io.gantry.call")) // no capability: what capabilities are made with
            .should(beFitToBePublic()));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(MAIN);
  }

  /** Of one folder only: that of the compiled main sources. */
  private static JavaClasses classesBeside(Class<?> one) {
    try {
      var folder = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
      return new ClassFileImporter()
          .withImportOption(location -> !location.matches(PROTO_FILES))
          .importPath(folder.resolve("io/gantry"));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DescribedPredicate<JavaClass> resideOutside(String place) {
    return DescribedPredicate.not(resideInAnyPackage(place));
  }

  private static ArchCondition<JavaClass> lookUp() {
    return new ArchCondition<>("see only packages above their line of the map") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        if (from.getPackageName().equals(PackageMap.ROOT)) {
          return; // Main, which may see all
        }
        from.getDirectDependenciesFromSelf().stream()
            .filter(arrow -> arrow.getTargetClass().getPackageName().startsWith(PackageMap.ROOT))
            .filter(arrow -> !allowed(from, arrow.getTargetClass()))
            .forEach(
                arrow -> events.add(SimpleConditionEvent.violated(from, arrow.getDescription())));
        if (PackageMap.entryOf(from.getPackageName()).isEmpty()) {
          events.add(
              SimpleConditionEvent.violated(from, from.getPackageName() + " is not on the map"));
        }
      }
    };
  }

  private static boolean allowed(JavaClass from, JavaClass to) {
    var here = PackageMap.entryOf(from.getPackageName());
    var there = PackageMap.entryOf(to.getPackageName());
    return here.isPresent()
        && there.isPresent()
        && (here.equals(there) || PackageMap.lineOf(there.get()) < PackageMap.lineOf(here.get()));
  }

  private static DescribedPredicate<JavaMethodCall> target(Class<?> owner, String method) {
    return describe(
        owner.getSimpleName() + "." + method,
        call ->
            call.getTargetOwner().isEquivalentTo(owner)
                && call.getTarget().getName().equals(method));
  }

  private static DescribedPredicate<JavaMethodCall> nowWithoutAClock() {
    return describe(
        "now() without a clock",
        call ->
            call.getTargetOwner().getPackageName().equals("java.time")
                && call.getTarget().getName().equals("now")
                && !takesClock(call.getTarget()));
  }

  private static boolean takesClock(MethodCallTarget method) {
    return method.getRawParameterTypes().stream()
        .anyMatch(type -> type.isEquivalentTo(Clock.class));
  }

  private static DescribedPredicate<JavaClass> areTopLevelAndPublic() {
    return describe(
        "are public and no part of another type",
        type ->
            type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().isEmpty()
                && !type.getSimpleName().equals("package-info"));
  }

  /**
   * A class made by its own static methods is a factory, whether it gives out itself or another
   * type; what has a public constructor must be a record, a verticle, a failure, or what sets
   * Logback up, which Logback makes.
   */
  private static ArchCondition<JavaClass> beFitToBePublic() {
    return new ArchCondition<>(
        "be interfaces, records, enums, verticles, failures or made by static methods") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        var fit =
            type.isInterface()
                || type.isRecord()
                || type.isEnum()
                || type.isAssignableTo(Verticle.class)
                || type.isAssignableTo(VerticleBase.class)
                || type.isAssignableTo(Throwable.class)
                || type.isAssignableTo(Configurator.class)
                || type.getConstructors().stream().noneMatch(ArchitectureTest::isPublic);
        if (!fit) {
          events.add(
              SimpleConditionEvent.violated(type, type.getName() + " has a public constructor"));
        }
      }
    };
  }

  private static boolean isPublic(JavaConstructor constructor) {
    return constructor.getModifiers().contains(JavaModifier.PUBLIC);
  }
}
