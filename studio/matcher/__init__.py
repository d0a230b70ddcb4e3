"""Makes the weights of antifake/detectors/photos: a converted network, a projection, a judge."""
