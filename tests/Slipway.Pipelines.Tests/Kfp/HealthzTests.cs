namespace Slipway.Pipelines.Tests.Kfp;

public class HealthzTests
{
    [Theory]
    [InlineData("/apis/v2beta1/healthz")]
    [InlineData("/apis/v1beta1/healthz")]
    public async Task Client_LearnsThatThereAreNoUsersToTellApart(string path)
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        Assert.Equal(false, (bool?)(await kfp.GetAsync(path))["multi_user"]);
    }
}
