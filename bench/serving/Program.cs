using System.Globalization;
using Slipway.Bench.Serving;

// Run without a yardstick's name: it starts the yardsticks as programs of their own, so that each is measured as what it is.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["echo", var port, var readiness]:
        await Yardsticks.EchoAsync(Number(port), Number(readiness));
        break;
    case ["probe", var port, var readiness, var model]:
        await Yardsticks.ProbeAsync(Number(port), Number(readiness), model);
        break;
    case ["http2", var port, var readiness]:
        await Yardsticks.Http2Async(Number(port), Number(readiness));
        break;
    case ["--growth", var requests]:
        await Growth.RunAsync(long.Parse(requests, CultureInfo.InvariantCulture));
        break;
    case ["first-answer", ..]:
        await FirstAnswer.PrintAsync(Number(Option("--models") ?? "12"), Option("--server"));
        break;
    case ["spoilt", var from, var end]:
        ModelFuzz.Load(Number(from), Number(end));
        break;
    case ["lanes", ..]:
        await Lanes.PrintAsync(double.Parse(Option("--seconds") ?? "1", CultureInfo.InvariantCulture));
        break;
    case ["shadow", ..]:
        await Shadow.PrintAsync(double.Parse(Option("--seconds") ?? "2", CultureInfo.InvariantCulture), Number(Option("--rounds") ?? "5"), Option("--program"));
        break;
    case ["batching", ..]:
        await Batching.PrintAsync(double.Parse(Option("--seconds") ?? "1", CultureInfo.InvariantCulture), Number(Option("--rounds") ?? "3"));
        break;
    case ["--models", var count, ..]:
        await ModelFuzz.RunAsync(Number(Option("--from") ?? "0"), Number(count), Option("--keep"));
        break;
    case [var first, ..] when first is "-h" or "--help" || !first.StartsWith('-'):
        Console.WriteLine("[--seconds N] [--rounds N] [--warm-up N] [--only REGEX] [--before SLIPWAY] | --growth N | --models N | first-answer | lanes | batching | shadow; see README.md");
        break;
    default:
        await using (var comparison = new Comparison(
            double.Parse(Option("--seconds") ?? "1", CultureInfo.InvariantCulture), Number(Option("--rounds") ?? "3"),
            double.Parse(Option("--warm-up") ?? "8", CultureInfo.InvariantCulture), Option("--only") ?? "", Option("--before")))
        {
            await comparison.RunAsync();
        }

        break;
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
