namespace Slipway.Serving.Explanations.Domain;

/// <summary>Gauss-Legendre quadrature on [0, 1]: n points integrate polynomials of degree 2n - 1 exactly.</summary>
internal static class GaussLegendre
{
    /// <summary>Paths of more distinct features than twice this are not seen: trees that deep do not generalise.</summary>
    public const int MostPoints = 64;

    private static readonly Lazy<(double[] Points, double[] Weights)>[] Rules =
        [.. Enumerable.Range(1, MostPoints).Select(n => new Lazy<(double[], double[])>(() => Make(n)))];

    public static (double[] Points, double[] Weights) Rule(int points) => Rules[points - 1].Value;

    /// <summary>Roots of the Legendre polynomial by Newton's method; good to the last bits of a double for these sizes.</summary>
    private static (double[] Points, double[] Weights) Make(int n)
    {
        var (points, weights) = (new double[n], new double[n]);
        for (var i = 0; i < n; i++)
        {
            var x = Math.Cos(Math.PI * (i + 0.75) / (n + 0.5));
            double slope;
            double step;
            do
            {
                var (value, before) = (1.0, 0.0);
                for (var k = 1; k <= n; k++)
                {
                    (value, before) = ((((2 * k) - 1) * x * value - ((k - 1) * before)) / k, value);
                }

                slope = n * ((x * value) - before) / ((x * x) - 1);
                step = value / slope;
                x -= step;
            }
            while (Math.Abs(step) > 1e-15);

            points[i] = (1 - x) / 2;
            weights[i] = 1 / ((1 - (x * x)) * slope * slope);
        }

        return (points, weights);
    }
}
