using Microsoft.Extensions.Configuration;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>Settings under <c>Serving:Workers:</c>.</summary>
internal sealed record WorkerOptions
{
    /// <summary>Longest a worker may take to load its model, 1 s to 1 day; 3 minutes.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Longest one prediction may take, 1 s to 1 day; one minute. The worker is ended then. slipway.dev/predict-seconds says otherwise for a service.</summary>
    public TimeSpan PredictLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest a request waits for a worker, or for a sleeping model to load, 1 s to 1 day; one minute.</summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests that may wait for the workers of one model, 1 to 1,000,000; 1,000.</summary>
    public int Queue { get; init; } = 1000;

    /// <summary>Largest answer taken from a worker, 1 KiB to 1 GiB; 256 MiB.</summary>
    public int MaxAnswerBytes { get; init; } = 256 << 20;

    /// <summary>Virtual environments by name (<c>Serving:Workers:Environments:NAME</c>): each the folder that holds <c>bin/python3</c>.</summary>
    public IReadOnlyDictionary<string, string> Environments { get; init; } = new Dictionary<string, string>();

    /// <summary>How long a worker may take to let go of a request whose caller has gone.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the number of workers is looked at.</summary>
    public TimeSpan ScaleEvery { get; init; } = TimeSpan.FromSeconds(1);

    public static WorkerOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Serving:Workers");
        var (defaults, faults) = (new WorkerOptions(), new List<Fault>());
        var options = new WorkerOptions
        {
            StartLimit = Seconds("StartSeconds", defaults.StartLimit), PredictLimit = Seconds("PredictSeconds", defaults.PredictLimit),
            WaitLimit = Seconds("WaitSeconds", defaults.WaitLimit), Queue = Number(nameof(Queue), defaults.Queue, 1, 1_000_000),
            MaxAnswerBytes = Number(nameof(MaxAnswerBytes), defaults.MaxAnswerBytes, 1 << 10, 1 << 30),
            Environments = section.GetSection(nameof(Environments)).GetChildren().ToDictionary(c => c.Key, c => c.Value ?? "", StringComparer.Ordinal),
        };
        foreach (var (name, folder) in options.Environments.Where(e => !Path.IsPathRooted(e.Value)))
        {
            faults.Add(new Fault($"Serving:Workers:Environments:{name}", $"'{folder}' is not an absolute path"));
        }

        return faults.Count == 0 ? options : throw new ProblemException(Problem.Invalid(faults));

        TimeSpan Seconds(string name, TimeSpan otherwise) => TimeSpan.FromSeconds(Number(name, (int)otherwise.TotalSeconds, 1, 86_400));

        int Number(string name, int otherwise, int least, int most)
        {
            if (section[name] is not { } text)
            {
                return otherwise;
            }

            if (int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            {
                return value;
            }

            faults.Add(new Fault($"Serving:Workers:{name}", $"'{text}' is not a whole number from {least} to {most}"));
            return otherwise;
        }
    }
}
