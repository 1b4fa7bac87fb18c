using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Platform.Events;

namespace Slipway.Platform.Tests.Events;

public class EventChainTests
{
    [Fact]
    public void AnyByteOfAnyField_Changed_ChangesTheHash() => Prop.ForAll<Fields, int, byte>((fields, where, flip) =>
    {
        var at = (int)((uint)where % 8);
        var changed = at switch
        {
            0 => fields with { Previous = Tamper(fields.Previous, where, flip) },
            1 => fields with { Sequence = fields.Sequence ^ (flip | 1L) },
            2 => fields with { Micros = fields.Micros ^ ((flip | 1L) << 32) },
            3 => fields with { Type = Tamper(fields.Type, where, flip) },
            4 => fields with { Namespace = Tamper(fields.Namespace, where, flip) },
            5 => fields with { Subject = Tamper(fields.Subject, where, flip) },
            6 => fields with { Actor = Tamper(fields.Actor, where, flip) },
            _ => fields with { Payload = Tamper(fields.Payload, where, flip) },
        };
        return Hash(changed) != Hash(fields) && Hash(fields) == Hash(fields with { });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TextMovedBetweenNeighbouringFields_ChangesTheHash() => Prop.ForAll<NonEmptyString, NonEmptyString>((a, b) =>
    {
        var one = new Fields("", 1, 1, a.Get, b.Get, "", "", []);
        return Hash(one) != Hash(one with { Type = a.Get + b.Get[..1], Namespace = b.Get[1..] }) || a.Get + b.Get[..1] == a.Get;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void KnownEvent_HasAKnownHash_SoThatStoredLogsStayVerifiable() => Assert.Equal(
        "e8ddffab80200b1bd3e5a7e2e8f2576f566087eda5dc4fc11fee53915a65574e",
        EventChain.Hash(EventChain.Genesis, 1, 1_700_000_000_000_000, "model.registered", "default", "models/housing", "user:anna", "{}"u8));

    private static string Hash(Fields f) => EventChain.Hash(
        f.Previous ?? "", f.Sequence, f.Micros, f.Type ?? "", f.Namespace ?? "", f.Subject ?? "", f.Actor ?? "", f.Payload ?? []);

    private static string Tamper(string? text, int where, byte flip) =>
        Encoding.Latin1.GetString(Tamper(Encoding.Latin1.GetBytes(text ?? ""), where, flip)) is var made && made == text ? made + "x" : made;

    private static byte[] Tamper(byte[]? bytes, int where, byte flip)
    {
        if (bytes is null or [])
        {
            return [flip];
        }

        byte[] made = [.. bytes];
        made[(int)((uint)where % (uint)made.Length)] ^= (byte)(flip | 1);
        return made;
    }

    public sealed record Fields(
        string? Previous, long Sequence, long Micros, string? Type, string? Namespace, string? Subject, string? Actor, byte[]? Payload);
}
