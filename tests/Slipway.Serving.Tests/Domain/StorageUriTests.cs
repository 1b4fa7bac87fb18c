using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Domain;

public sealed class StorageUriTests
{
    [Fact]
    public void EveryForm_IsUnderstood()
    {
        Assert.Equal(new StorageUri.Aliased("housing", "champion"), StorageUri.Parse("models:/housing@champion").OrThrow());
        Assert.Equal(new StorageUri.Numbered("housing", 3), StorageUri.Parse("models:/housing/3").OrThrow());
        Assert.Equal(new StorageUri.S3("models", "churn/3/model.pkl"), StorageUri.Parse("s3://models/churn/3/model.pkl").OrThrow());
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
    [InlineData("s3://bucket")]
    [InlineData("s3:///key")]
    [InlineData("s3://bucket@evil/key")]
    public void AnythingElse_IsRefused(string text) => Assert.False(StorageUri.Parse(text).Succeeded);
}
