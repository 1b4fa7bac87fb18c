namespace Slipway.Platform.Hosting;

/// <summary>Something that has to be done before this replica may be given traffic. <c>/readyz</c> asks all of them.</summary>
public interface IReadinessCheck
{
    /// <summary>Why not yet, or not any more, in a few words; null when ready. Cheap: asked at every probe.</summary>
    string? NotReadyBecause { get; }
}
