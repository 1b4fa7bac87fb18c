using System.Diagnostics;

namespace Slipway.Engines.Tests;

/// <summary>Watches what the process keeps: native memory as well, which the garbage collector does not see.</summary>
internal static class Memory
{
    /// <summary>Noise of heaps and arenas, measured up to 8 MB.</summary>
    private const long Noise = 16 << 20;

    /// <summary>Resident memory after a warm-up of half as many calls, against resident memory at the end.</summary>
    public static void AssertFlat(int calls, Action<int> once)
    {
        for (var i = 0; i < calls / 2; i++)
        {
            once(i);
        }

        var before = Resident();
        for (var i = 0; i < calls; i++)
        {
            once(i);
        }

        var grown = Resident() - before;
        Assert.True(grown < Noise, $"{calls} calls left {grown >> 10} KB behind");
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}

/// <summary>Tests that measure the process's memory run by themselves.</summary>
[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class MemoryCollection;
