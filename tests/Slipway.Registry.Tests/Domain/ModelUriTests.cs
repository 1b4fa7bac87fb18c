using Slipway.Registry.Domain;

namespace Slipway.Registry.Tests.Domain;

public class ModelUriTests
{
    [Theory]
    [InlineData("models:/housing@champion", "housing", "champion", null)]
    [InlineData("models:/housing/3", "housing", null, 3)]
    [InlineData("models:/housing/latest", "housing", null, null)]
    [InlineData("models:/my model/12", "my model", null, 12)]
    public void GoodUris_AreTakenApart(string text, string model, string? alias, int? version) =>
        Assert.Equal(new ModelUri(model, alias, version), ModelUri.Parse(text).OrThrow());

    [Theory]
    [InlineData("")]
    [InlineData("models:/")]
    [InlineData("models:/housing")]
    [InlineData("models://housing/1")]
    [InlineData("models:/housing/0")]
    [InlineData("models:/housing/-1")]
    [InlineData("models:/housing/99999999999")]
    [InlineData("models:/housing/1/2")]
    [InlineData("models:/housing@a/b")]
    [InlineData("models:/housing@a@b")]
    [InlineData("models:/housing@latest")]
    [InlineData("models:/../../etc/1")]
    [InlineData("MODELS:/housing/1")]
    [InlineData("housing@champion")]
    public void OtherUris_AreRefusedWithWords(string text) => Assert.NotEmpty(ModelUri.Parse(text).Problem!.Message);
}
