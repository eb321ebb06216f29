module mortise/lab/pause

go 1.26.0
