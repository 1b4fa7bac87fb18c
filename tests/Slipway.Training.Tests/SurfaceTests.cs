namespace Slipway.Training.Tests;

public class SurfaceTests
{
    [Fact]
    public void TheModule_IsTheOnlyPublicType() => Assert.Equal([typeof(TrainingModule)], typeof(TrainingModule).Assembly.GetExportedTypes());
}
