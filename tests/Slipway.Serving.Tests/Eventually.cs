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

    /// <summary>Until the address answers a request with success: for code whose workers may be starting again on a busy machine.</summary>
    public static async Task AnswersAsync(this HttpClient http, string path, string body)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var response = await http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), limit.Token);
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }
    }
}
