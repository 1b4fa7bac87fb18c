namespace Slipway.Training;

/// <summary>Settings of the module, under <c>Training</c> in the configuration.</summary>
internal sealed record TrainingOptions
{
    /// <summary>Threads that one training uses; 1 or more, default every core. Models do not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Tells the setting and the cure when it is out of range.</summary>
    public static TrainingOptions Read(string? threads)
    {
        if (string.IsNullOrEmpty(threads))
        {
            return new TrainingOptions();
        }

        return int.TryParse(threads, System.Globalization.CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1024
            ? new TrainingOptions { Threads = count }
            : throw new InvalidOperationException($"Training:Threads must be a whole number from 1 to 1024, got '{threads}'");
    }
}
