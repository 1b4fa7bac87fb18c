using System.Globalization;
using Slipway.Bench.Serving;

// Run without arguments: it starts the yardsticks as programs of their own, so that each is measured as what it is.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["echo", var port]:
        await Yardsticks.EchoAsync(int.Parse(port, CultureInfo.InvariantCulture));
        break;
    case ["probe", var port, var model]:
        await Yardsticks.ProbeAsync(int.Parse(port, CultureInfo.InvariantCulture), model);
        break;
    default:
        await Comparison.RunAsync(args is ["--seconds", var seconds] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 3);
        break;
}
