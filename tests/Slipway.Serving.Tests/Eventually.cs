namespace Slipway.Serving.Tests;

/// <summary>For what the server does on its own and tells nobody: looked at until it holds, or the test fails after half a minute.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
