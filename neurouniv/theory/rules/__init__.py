"""The laws of learning rules: how all conditions of a linear two-layer network move under each, in closed equations.

| file | the encoder is taught through | constants beside eta_h, eta_y | unseen at the start |
|---|---|---|---|
| `all_conditions` (one folder up) | D', backprop | | S |
| `feedback_alignment` | B', fixed | | Z, M; R |
| `kolen_pollack` | B', which takes the decoder's own steps, and all weights decay | decay | Z, M, R |
| `weight_mirror` | B', which is drawn towards D | mirror | Z, M, R, S |
| `predictive_coding` | D', by relaxed errors | strength | S |
| `weight_decay` | D', and all weights decay | decay | S |
| `perturbation` | D' in the mean, with noise | exploration, blur | S |
| `tangent` | D' as it was at the start | | S |

`switch` follows all of these products under any rule, for learning that goes on by another one.

H = A X are the hidden patterns (P x N) of N conditions, A the encoder, D (o x P) the decoder, Y = D H + c u' the
outputs, E = Y - Y* the errors, K = X'X the encoder's kernel, B (o x P) what carries errors back where that is not D.
No law needs the width P:

    G = H'H (N x N)    Y (o x N)    Z = B H (o x N)    S = D D'    M = D B'    R = B B' (o x o)

and c (o), the decoder's bias. Centred over conditions, u = 0 and c drops out. With means and biases, u = (1, ..., 1),
K = X'X + u u', and Yh = Y - c u' is what the decoder makes of H. Rates are per unit of time and of summed, not
averaged, squared error. Where stimuli are shown unequally often, all equations keep their form in Y P^(1/2) and so on,
see `all_conditions`.

Backprop is B = D: then Z = Yh and M = R = S, and the equations of `feedback_alignment` become those of
`all_conditions`.
"""
