using Slipway.Cli;
using Slipway.Server.Hosting;

return await SlipwayCli.RunAsync(args, new CliHost(), CancellationToken.None);
