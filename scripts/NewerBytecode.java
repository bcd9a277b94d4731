import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Gives the old classes of a jar the class-file version of Java 8, with stack maps, and leaves the rest of it as it is: an AOT
 * cache takes no class that is older than Java 6. In picocli's, the search for a class of Groovy's finds none at once: it would have
 * the JVM open every jar. Run as {@code java NewerBytecode.java JAR...}; each jar is replaced.
 */
final class NewerBytecode {
  private static final String LOOKS_FOR_GROOVY = "picocli/CommandLine$DefaultFactory.class";
  private static final int OLDEST_TAKEN = ClassFile.JAVA_6_VERSION;

  public static void main(String[] jars) throws IOException {
    for (var name : jars) {
      var jar = Path.of(name);
      var newer = Path.of(name + ".newer");
      System.out.println(name + ": " + write(jar, newer) + " classes made newer");
      Files.move(newer, jar, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static int write(Path from, Path to) throws IOException {
    var changed = 0;
    try (var jar = new JarFile(from.toFile());
        var loader = new URLClassLoader(new URL[] {from.toUri().toURL()});
        var out = new JarOutputStream(Files.newOutputStream(to))) {
      var classes =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(loader)
                      .orElse(ClassHierarchyResolver.ofClassLoading(ClassLoader.getPlatformClassLoader()))));
      for (var entry : jar.stream().filter(it -> !it.isDirectory()).toList()) {
        var bytes = jar.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith(".class") && version(bytes) < OLDEST_TAKEN) {
          bytes = newer(classes, bytes);
          changed++;
        }
        if (entry.getName().equals(LOOKS_FOR_GROOVY)) {
          bytes = withoutGroovy(classes, bytes);
        }
        var copy = new JarEntry(entry.getName());
        copy.setTime(entry.getTime());
        out.putNextEntry(copy);
        out.write(bytes);
      }
    }
    return changed;
  }

  private static int version(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getShort(6);
  }

  /** Bodies go through the model, which makes their stack maps anew. */
  private static byte[] newer(ClassFile classes, byte[] bytes) {
    ClassTransform version =
        (made, part) -> {
          if (part instanceof ClassFileVersion) {
            made.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            made.with(part);
          }
        };
    return classes.transformClass(
        classes.parse(bytes), ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
  }

  /** There is no such class, as the search would find in the end. */
  private static byte[] withoutGroovy(ClassFile classes, byte[] bytes) {
    return classes.transformClass(
        classes.parse(bytes),
        ClassTransform.transformingMethods(
            method -> method.methodName().equalsString("loadClosureClass"),
            (method, part) -> {
              if (part instanceof CodeModel) {
                method.withCode(code -> code.aconst_null().areturn());
              } else {
                method.with(part);
              }
            }));
  }

  private NewerBytecode() {}
}
