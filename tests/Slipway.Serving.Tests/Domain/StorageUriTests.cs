using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Domain;

public sealed class StorageUriTests
{
    [Fact]
    public void EveryForm_IsUnderstood()
    {
        Assert.Equal(new StorageUri.Aliased("housing", "champion"), StorageUri.Parse("models:/housing@champion").OrThrow());
        Assert.Equal(new StorageUri.Numbered("housing", 3), StorageUri.Parse("models:/housing/3").OrThrow());
        Assert.Equal(new StorageUri.LocalFile("/srv/my model.onnx"), StorageUri.Parse("file:///srv/my%20model.onnx").OrThrow());
    }

    [Theory]
    [InlineData("")]
    [InlineData("housing")]
    [InlineData("models:/")]
    [InlineData("models:/housing")]
    [InlineData("models:/housing@")]
    [InlineData("models:/@champion")]
    [InlineData("models:/housing/0")]
    [InlineData("models:/housing/latest")]
    [InlineData("file://relative/model.onnx")]
    [InlineData("file:///a%00b")]
    [InlineData("gs://bucket/model")]
    public void AnythingElse_IsRefused(string text) => Assert.False(StorageUri.Parse(text).Succeeded);
}
