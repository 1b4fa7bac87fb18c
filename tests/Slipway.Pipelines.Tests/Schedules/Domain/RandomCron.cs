namespace Slipway.Pipelines.Tests.Schedules.Domain;

/// <summary>Cron expressions that fire often enough to be compared with an enumeration of all seconds or minutes.</summary>
internal static class RandomCron
{
    public static string Expression(Random random, bool seconds, bool fixedHours = false) => string.Join(' ',
        seconds ? Field(random, 0, 59) : "0",
        Field(random, 0, 59),
        fixedHours ? $"{random.Next(0, 4)},{random.Next(4, 24)}" : random.Next(2) == 0 ? "*" : $"0-{random.Next(12, 23)}/{random.Next(1, 4)}",
        random.Next(4) == 0 ? $"1-{random.Next(20, 32)}" : "*",
        "*",
        random.Next(4) == 0 ? "MON-SAT" : random.Next(2) == 0 ? "?" : "*");

    private static string Field(Random random, int min, int max) => random.Next(5) switch
    {
        0 => "*",
        1 => $"*/{random.Next(1, 30)}",
        2 => $"{random.Next(min, max / 2)}-{random.Next(max / 2, max + 1)}/{random.Next(1, 9)}",
        3 => $"{random.Next(min, max + 1)},{random.Next(min, max + 1)}",
        _ => $"{random.Next(min, max + 1)}",
    };
}
