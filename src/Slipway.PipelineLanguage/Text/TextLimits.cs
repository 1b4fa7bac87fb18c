namespace Slipway.PipelineLanguage.Text;

/// <summary>What a pipeline's text may be at most. A compiled pipeline of 1,000 tasks has about 2 MB and 60,000 values.</summary>
public static class TextLimits
{
    /// <summary>UTF-8 bytes of the text, and characters of all its values once aliases are resolved.</summary>
    public const int Bytes = 32 * 1024 * 1024;

    public const int Values = 1_000_000;

    /// <summary>Below what System.Text.Json reads back by default (64), so that a value that we accept can be wrapped, kept and read again.</summary>
    public const int Depth = 56;
}
