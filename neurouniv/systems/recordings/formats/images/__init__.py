"""Images of fMRI: betas of voxels and of surfaces, with their conditions, regions and residuals."""
