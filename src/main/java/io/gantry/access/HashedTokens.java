package io.gantry.access;

import io.gantry.call.Call;
import io.gantry.errors.RuntimeFault;
import io.gantry.state.Records;
import io.gantry.state.State;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tokens {@code gantry_<id>_<secret>}, of which a hash is kept. */
final class HashedTokens implements Access {
  private static final String KIND = "token";
  private static final int ID_BYTES = 6;
  private static final int SECRET_BYTES = 32;
  private static final int TOKENS_MAX = 1000;
  private static final Duration LIFE_MAX = Duration.ofDays(3650);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9.@_-]{1,64}");
  private static final Pattern TEXT = Pattern.compile("gantry_([0-9a-f]{12})_[A-Za-z0-9_-]{43}");

  private final Records<Token> records;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  private HashedTokens(Records<Token> records, Clock clock) {
    this.records = records;
    this.clock = clock;
  }

  static Future<HashedTokens> load(State state, Clock clock) {
    return Records.load(state, KIND, Token.class).map(records -> new HashedTokens(records, clock));
  }

  @Override
  public Future<Created> create(Call call, String name, Role role, Optional<Duration> life) {
    if (!NAME.matcher(name).matches()) {
      throw RuntimeFault.invalid(
          "token name: '" + name + "' (expected: 1 to 64 letters, digits and .@_-)");
    }
    life.filter(it -> !it.isPositive() || it.compareTo(LIFE_MAX) > 0)
        .ifPresent(
            it -> {
              throw RuntimeFault.invalid(
                  "token life: " + it.toSeconds() + " s (expected: 1 s to ten years)");
            });
    if (records.all().size() >= TOKENS_MAX) {
      throw RuntimeFault.exhausted(
          "tokens: " + TOKENS_MAX + " (expected: fewer; revoke those that have expired)");
    }
    var id = HexFormat.of().formatHex(bytes(ID_BYTES));
    var text =
        "gantry_"
            + id
            + "_"
            + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
    var now = clock.instant();
    var token = new Token(id, name, role, hash(text), now, life.map(now::plus));
    return records.announce(call, token).map(new Created(token, text));
  }

  private byte[] bytes(int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-256", impossible);
    }
  }

  @Override
  public List<Token> tokens() {
    return records.all().stream()
        .sorted(Comparator.comparing(Token::createdAt).reversed())
        .toList();
  }

  @Override
  public Future<Void> revoke(Call call, String id) {
    return records
        .find(id)
        .map(token -> records.withdraw(call, token))
        .orElseThrow(
            () ->
                RuntimeFault.notFound(
                    "token: '" + id + "' is not here (expected: one of gantry token list)"));
  }

  @Override
  public Optional<Token> known(String text) {
    var match = TEXT.matcher(text);
    if (!match.matches()) {
      return Optional.empty();
    }
    var hashed = hash(text).getBytes(StandardCharsets.US_ASCII);
    return records
        .find(match.group(1))
        .filter(it -> MessageDigest.isEqual(it.hash().getBytes(StandardCharsets.US_ASCII), hashed))
        .filter(it -> !it.expired(clock.instant()));
  }
}
